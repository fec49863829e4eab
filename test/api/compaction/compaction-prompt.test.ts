import { expect, test } from 'vitest';
import { createBlockAgent, updateBlock } from '../../harness/blocks.ts';
import { captureExchanges } from '../../harness/capture.ts';
import { compact, tryCompact } from '../../harness/compact.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, history, isEnd, newConversation, send, typesOf } from '../../harness/talk.ts';

/** A conversation whose block has changed since its last run. */
async function outdated(server: TestServer) {
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const conversationId = agent.defaultConversation.id;
  await captureExchanges(server, conversationId, 6);
  await send(server, { conversationId, text: 'Hi', wait: true });
  const sent = server.model.requests.at(-1)!.body.messages[0]?.content ?? '';
  expect(sent).toContain('Ada');
  await updateBlock(server, { id: agent.blocks[0]!.id, value: 'Grace' });
  return { conversationId, sent };
}

async function storedPrompt(server: TestServer, id: string) {
  const first = (await history(server, id)).messages.nodes[0];
  return first?.__typename === 'SystemMessage' ? first.text : expect.fail('it does not begin with a system message');
}

test.for(['SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW'] as const)(
  'a requested compaction in %s asks with the system prompt of the last call, and renews it with the summary',
  async (mode) => {
    await using server = await startOwnServer();
    const { conversationId, sent } = await outdated(server);
    server.model.answers('They spoke.');
    const done = await compact(server, { conversationId, settings: { mode } });
    expect(done.summaryMessage?.compaction?.modeUsed).toBe(mode);
    expect(server.model.requests.at(-1)!.body.messages[0]?.content).toBe(sent);
    expect(await storedPrompt(server, conversationId)).toContain('Grace');
  },
);

test('a requested compaction that fails leaves the system prompt as it was', async () => {
  await using server = await startOwnServer({ MODEL_TRIES: '1' });
  const { conversationId, sent } = await outdated(server);
  const { eventCursor: after } = await history(server, conversationId);
  server.model.responds(() => [{ status: 500 }]);
  only(await tryCompact(server, { conversationId, wait: true }), 'CompactionFailedError');
  expect(await storedPrompt(server, conversationId)).toBe(sent);
  const edges = await eventsUntil(server, { conversationId, after }, isEnd);
  expect(typesOf(edges)).toEqual(['RunQueued', 'RunStarted', 'CompactionStarted', 'CompactionFailed', 'RunFinished']);
});

test('a requested compaction in a self mode declares the client tools of the last run', async () => {
  await using server = await startOwnServer();
  const conversationId = await newConversation(server);
  await captureExchanges(server, conversationId, 6);
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const clientTools = [{ name: 'look_up', description: 'Looks up a city.', parameters }];
  await send(server, { conversationId, text: 'Hi', clientTools, wait: true });
  await compact(server, { conversationId, settings: { mode: 'SELF_COMPACT_ALL' } });
  const [before, own] = server.model.requests.map(({ body }) => body);
  expect(before?.tools).toContainEqual({ type: 'function', function: clientTools[0] });
  expect(JSON.stringify(own?.tools)).toBe(JSON.stringify(before?.tools));
});
