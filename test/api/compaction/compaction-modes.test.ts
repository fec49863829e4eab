import { expect, test } from 'vitest';
import { defaultPrompt } from '../../../src/agent/compaction/settings.ts';
import type { CompactionMode } from '../../graphql/graphql.ts';
import { captureExchanges } from '../../harness/capture.ts';
import { compact, tryCompact } from '../../harness/compact.ts';
import { type FakeRequest, type Part } from '../../harness/fake-openai.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startOwnServer, startTestServer } from '../../harness/server.ts';
import { send } from '../../harness/talk.ts';
import { testTool } from '../../harness/test-tool.ts';
import { conversationOf, lastBody, calls } from '../../harness/summaries.ts';

/** A request without its messages from a place on. */
const prefixOf = ({ messages, ...rest }: FakeRequest['body'], length: number) =>
  JSON.stringify({ ...rest, messages: messages.slice(0, length) });

const fails: Part[] = [{ status: 500 }];

const blank: Part[] = [' \n'];

test.for(['SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW'] as const)(
  'what %s sends begins with the last call of the agent, byte for byte, as far as that leaves the context',
  async (mode) => {
    await using server = await startTestServer(new Map([testTool('lookup')]));
    const conversationId = await conversationOf(server, {
      modelSettings: { temperature: 0.3, maxOutputTokens: 700, parallelToolCalls: true },
      blocks: [{ label: 'human', value: 'Likes Latin.' }],
    });
    server.model.answers('Let me see.', { toolCall: { name: 'lookup', arguments: { amount: 3 } } });
    server.model.answers({ reasoning: 'Easy.' }, 'It is three.');
    await send(server, { conversationId, messages: [{ text: 'How many?', name: 'Bob' }], wait: true });
    const agents = lastBody(server);
    server.model.answers('They spoke.');
    const done = await compact(server, { conversationId, settings: { mode } });
    expect(done.summaryMessage?.compaction?.modeUsed).toBe(mode);
    const own = lastBody(server);
    const shared = own.messages.findIndex(
      (message, index) => JSON.stringify(message) !== JSON.stringify(agents.messages[index]),
    );
    expect(prefixOf(own, shared)).toBe(prefixOf(agents, shared));
    expect(own.messages.slice(shared)).toEqual([
      ...(mode === 'SELF_COMPACT_ALL' ? [{ role: 'assistant', content: 'It is three.' }] : []),
      { role: 'user', content: defaultPrompt(mode) },
    ]);
    if (mode === 'SELF_COMPACT_ALL') expect(shared).toBe(agents.messages.length);
    else expect(shared).toBeGreaterThan(4);
    expect(own.tools?.map((tool) => tool.function.name)).toContain('lookup');
  },
);

test.for<[mode: CompactionMode, failures: Part[][], modeUsed: CompactionMode]>([
  ['SELF_COMPACT_ALL', [calls], 'SELF_COMPACT_SLIDING_WINDOW'],
  ['SELF_COMPACT_ALL', [blank, fails], 'ALL'],
  ['SELF_COMPACT_SLIDING_WINDOW', [calls], 'ALL'],
  ['SLIDING_WINDOW', [fails], 'ALL'],
])('%s falls back after %j, and the stats say to what: %s', async ([mode, failures, modeUsed]) => {
  await using server = await startOwnServer({ MODEL_TRIES: '1' });
  const conversationId = await conversationOf(server);
  for (const parts of failures) server.model.answers(...parts);
  server.model.answers('They spoke.');
  const done = await compact(server, { conversationId, settings: { mode } });
  expect(done).toMatchObject({ summary: 'They spoke.', summaryMessage: { compaction: { modeUsed } } });
  expect(done.messagesAfter).toBeLessThan(done.messagesBefore);
  const told = modeUsed === 'ALL' ? lastBody(server).messages[0] : lastBody(server).messages.at(-1);
  expect(told?.content).toBe(defaultPrompt(modeUsed));
  expect(server.model.requests).toHaveLength(failures.length + 1);
  expect(await probeQuiet(server)).toEqual([]);
});

test('when every way fails nothing has changed, and the same can be asked for again', async () => {
  await using server = await startOwnServer({ MODEL_TRIES: '1' });
  const conversationId = await conversationOf(server);
  const settings = { mode: 'SELF_COMPACT_ALL' } as const;
  for (const parts of [calls, blank, fails]) server.model.answers(...parts);
  only(await tryCompact(server, { conversationId, wait: true, settings }), 'CompactionFailedError');
  server.model.answers('They spoke.');
  expect(await compact(server, { conversationId, settings })).toMatchObject({ messagesBefore: 13, messagesAfter: 2 });
  expect(await probeQuiet(server)).toEqual([]);
});

test('a summary that is longer than it may be is cut, with a mark that ends it; without a limit it is whole', async () => {
  await using server = await startTestServer();
  const conversationId = await conversationOf(server, { compactionSettings: { mode: 'ALL', clipChars: 100 } });
  server.model.answers('é👋'.repeat(60));
  const { summary } = await compact(server, { conversationId });
  expect(summary).toBe(`${'é👋'.repeat(50)}\n[cut off: 20 of 120 characters are missing]`);
  await send(server, { conversationId, text: 'And?', wait: true });
  expect(lastBody(server).messages[1]?.content).toContain(summary);
  await captureExchanges(server, conversationId, 2);
  server.model.answers('é👋'.repeat(60));
  const whole = await compact(server, { conversationId, settings: { clipChars: null } });
  expect(whole.summary).toBe('é👋'.repeat(60));
});

test('the acknowledgement stands before the transcript when it is asked for', async () => {
  await using server = await startTestServer();
  for (const promptAcknowledgement of [false, true]) {
    const conversationId = await conversationOf(server, { compactionSettings: { promptAcknowledgement } });
    await compact(server, { conversationId });
    const roles = lastBody(server).messages.map(({ role }) => role);
    expect(roles).toEqual(promptAcknowledgement ? ['system', 'assistant', 'user'] : ['system', 'user']);
  }
});
