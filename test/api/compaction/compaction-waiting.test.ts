import { expect, test } from 'vitest';
import { createBlockAgent, updateBlock } from '../../harness/blocks.ts';
import { compact, tryCompact } from '../../harness/compact.ts';
import { approve, decide, deny, pending, result } from '../../harness/decisions.ts';
import { fork } from '../../harness/fork.ts';
import { only } from '../../harness/only.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { history, newConversation, readRun, runEvents, send, typesOf } from '../../harness/talk.ts';
import { calls } from '../../harness/three-calls.ts';
import { startWaiting, waitingTools } from '../../harness/waiting.ts';

const SUMMARY = 'They talked.';

test.for([
  { mode: 'ALL', name: 'guarded', decision: approve, told: 'guarded done' },
  { mode: 'SELF_COMPACT_ALL', name: 'client', decision: result('from the client'), told: 'from the client' },
  { mode: 'SLIDING_WINDOW', name: 'guarded', decision: deny('No.'), told: expect.stringContaining('No.') },
  { mode: 'SELF_COMPACT_SLIDING_WINDOW', name: 'client', decision: deny(), told: expect.stringContaining('denied') },
] as const)(
  'a conversation that waits for $name is compacted in $mode, keeps what waits, and goes on once it is decided',
  async ({ mode, name, decision, told }) => {
    await using waiting = await startWaiting(name);
    const { server, conversationId, runId } = waiting;
    const before = await pending(server, runId);
    server.model.answers(SUMMARY);
    const done = await compact(server, { conversationId, settings: { mode } });
    expect(done).toMatchObject({ run: { kind: 'COMPACTION', status: 'COMPLETED' }, summary: SUMMARY });
    expect(done.summaryMessage?.compaction?.modeUsed).toBe(mode);
    expect(done.conversation.status).toBe('REQUIRES_ACTION');
    expect(done.conversation.contextMessages.slice(-2)).toMatchObject([
      { __typename: 'AssistantMessage' },
      { __typename: 'ApprovalRequestMessage' },
    ]);
    expect(await pending(server, runId)).toEqual(before);

    server.model.answers('Done.');
    await decide(server, runId, { [name]: decision });
    const runs = typesOf(await runEvents(server, runId)).filter((type) => type.startsWith('Run'));
    expect(runs).toEqual(['RunQueued', 'RunStarted', 'RunRequiresAction', 'RunResumed', 'RunFinished']);
    const prompt = server.model.requests.at(-1)!.body.messages;
    expect(JSON.stringify(prompt)).toContain(SUMMARY);
    expect(prompt).toContainEqual({ role: 'user', content: 'Go' });
    const [asked, answered] = prompt.slice(-2);
    expect(asked).toMatchObject({ content: 'Let me see.', tool_calls: [{ function: { name } }] });
    const [{ id }] = asked!.tool_calls as [{ id: string }];
    expect(answered).toEqual({ role: 'tool', tool_call_id: id, content: told });
    expect(await readRun(server, runId)).toMatchObject({ status: 'COMPLETED' });
    expect(await probe(server)).toEqual([]);
  },
);

test('a compaction of a waiting conversation that fails changes nothing, and the decision is taken after it', async () => {
  await using waiting = await startWaiting('guarded');
  const { server, conversationId, runId } = waiting;
  const { messages } = await history(server, conversationId);
  server.model.responds(() => [{ status: 400 }]);
  only(await tryCompact(server, { conversationId, wait: true }), 'CompactionFailedError');
  expect((await history(server, conversationId)).messages).toEqual(messages);
  expect(await pending(server, runId)).toMatchObject({
    status: 'REQUIRES_ACTION',
    conversation: { status: 'REQUIRES_ACTION' },
  });
  server.model.responds(() => ['Done.']);
  await decide(server, runId, { guarded: approve });
  expect((await runEvents(server, runId)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
  expect(await probe(server)).toEqual([]);
});

test('there is nothing to compact where only the waiting run has said anything', async () => {
  await using waiting = await startWaiting('guarded');
  const { server } = waiting;
  const conversationId = await newConversation(server);
  server.model.answers('Let me see.', ...calls('guarded'));
  const { id: runId } = await send(server, { conversationId, text: 'Go', wait: true });
  const asked = server.model.requests.length;
  only(await tryCompact(server, { conversationId, wait: true }), 'NothingToCompactError');
  expect(server.model.requests).toHaveLength(asked);
  expect(await pending(server, runId)).toMatchObject({ status: 'REQUIRES_ACTION' });
  expect(await probe(server)).toEqual([]);
});

test('a waiting conversation is compacted again, and its second summary stands for the first', async () => {
  await using waiting = await startWaiting('guarded', 'client');
  const { server, conversationId, runId } = waiting;
  server.model.answers(SUMMARY);
  await compact(server, { conversationId });
  await decide(server, runId, { guarded: approve });
  server.model.answers('In short.');
  const again = await compact(server, { conversationId, settings: { mode: 'ALL' } });
  expect(again.conversation.contextMessages.map(({ __typename }) => __typename)).toEqual([
    'SystemMessage',
    'UserMessage',
    'SummaryMessage',
    'AssistantMessage',
    'ApprovalRequestMessage',
  ]);
  await decide(server, runId, { client: result('from the client') });
  expect((await runEvents(server, runId)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
  const prompt = server.model.requests.at(-1)!.body.messages;
  expect(prompt.slice(-2)).toMatchObject([{ content: 'guarded done' }, { content: 'from the client' }]);
  expect(await probe(server)).toEqual([]);
});

test('what a provider said of the context of a waiting run is the measure of its compaction', async () => {
  await using server = await startTestServer(waitingTools);
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  await updateBlock(server, { id: agent.blocks[0]!.id, value: 'Grace' });
  const conversationId = agent.defaultConversation.id;
  const usage = { prompt_tokens: 9000, completion_tokens: 0, total_tokens: 9000 };
  server.model.answers('Let me see.', ...calls('plain'));
  server.model.answers('Let me see.', ...calls('guarded'), { usage });
  await send(server, { conversationId, text: 'Go', wait: true });
  const { summaryMessage } = await compact(server, { conversationId, settings: { mode: 'ALL' } });
  expect(summaryMessage?.compaction?.contextTokensBefore).toBeGreaterThan(8000);
});

test('a fork of a waiting conversation that was compacted goes on from before the step that waits', async () => {
  await using waiting = await startWaiting('guarded');
  const { server, conversationId } = waiting;
  server.model.answers(SUMMARY);
  await compact(server, { conversationId, settings: { mode: 'ALL' } });
  const copy = await fork(server, { conversationId });
  expect(copy.contextMessages).toHaveLength(13);
  expect((await send(server, { conversationId: copy.id, text: 'On.', wait: true })).status).toBe('COMPLETED');
  const prompt = server.model.requests.at(-1)!.body.messages;
  expect(prompt.slice(-3)).toMatchObject([{ tool_calls: [{}] }, { content: 'plain done' }, { content: 'On.' }]);
  expect(await probe(server)).toEqual([]);
});
