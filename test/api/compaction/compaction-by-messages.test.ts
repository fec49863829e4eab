import { expect, test } from 'vitest';
import { captureExchanges } from '../../harness/capture.ts';
import { coveredPositions } from '../../harness/compaction.ts';
import { compact, tryCompact } from '../../harness/compact.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { isSummary, smallAgent } from '../../harness/small-agent.ts';
import { firstConversation, newConversation, send } from '../../harness/talk.ts';

const SUMMARY = 'They greeted each other, and said so at some length. '.repeat(20);

test.for([
  { mode: 'SLIDING_WINDOW', messagesAfter: 16 },
  { mode: 'ALL', messagesAfter: 2 },
  { mode: 'SELF_COMPACT_ALL', messagesAfter: 2 },
  { mode: 'SELF_COMPACT_SLIDING_WINDOW', messagesAfter: 16 },
] as const)(
  'ten short exchanges are compacted in $mode by one model call, however long the summary is',
  async ({ mode, messagesAfter }) => {
    await using server = await startTestServer();
    const conversationId = await firstConversation(server);
    await captureExchanges(server, conversationId, 10, 'Hello.');
    server.model.responds(() => [SUMMARY]);
    const done = await compact(server, { conversationId, settings: { mode } });
    expect(done).toMatchObject({ summary: SUMMARY.trim(), messagesBefore: 21, messagesAfter });
    expect(done.summaryMessage?.compaction?.modeUsed).toBe(mode);
    expect(done.conversation.contextMessages).toHaveLength(messagesAfter);
    expect(server.model.requests).toHaveLength(1);
    expect(await probe(server)).toEqual([]);
  },
);

test.for([
  { exchanges: 1, covered: [2, 3] },
  { exchanges: 2, covered: [2, 3] },
  { exchanges: 3, covered: [2, 3] },
])('of $exchanges exchanges at least two messages leave', async ({ exchanges, covered }) => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await captureExchanges(server, conversationId, exchanges, 'Hello.');
  server.model.responds(() => [SUMMARY]);
  const { summaryMessage } = await compact(server, { conversationId });
  expect(await coveredPositions(server, summaryMessage!.id)).toEqual([covered]);
  expect(server.model.requests).toHaveLength(1);
});

test('a single message is compacted when its summary takes fewer tokens, and refused with both counts otherwise', async () => {
  await using server = await startTestServer();
  const refused = {
    __typename: 'CompactionFailedError',
    message: expect.stringMatching(/2 messages .* would become 2/),
    messagesBefore: 2,
    messagesAfter: 2,
  };
  for (const { text, outcome } of [
    { text: 'lorem ipsum dolor sit amet '.repeat(400), outcome: { __typename: 'CompactConversationPayload' } },
    { text: 'Hi', outcome: refused },
  ]) {
    const conversationId = await newConversation(server);
    server.model.answers({ status: 401 });
    await send(server, { conversationId, text, wait: true });
    server.model.responds(() => [SUMMARY]);
    expect(await tryCompact(server, { conversationId, wait: true })).toMatchObject(outcome);
  }
  expect(await probe(server)).toEqual([]);
});

test('when the model fails, CompactionFailedError has no count of messages after it', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await captureExchanges(server, conversationId, 1);
  server.model.responds(() => [{ status: 400 }]);
  const failed = await tryCompact(server, { conversationId, wait: true });
  expect(failed).toMatchObject({ __typename: 'CompactionFailedError', messagesBefore: 3, messagesAfter: null });
});

test('inside a run a summary that takes more tokens than what it stands for is refused', async () => {
  await using server = await startTestServer();
  const conversationId = await smallAgent(server);
  await captureExchanges(server, conversationId, 10, 'Hello.');
  server.model.responds((body) => (isSummary(body) ? [SUMMARY] : [{ status: 413 }]));
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(server.model.requests.some(({ body }) => isSummary(body))).toBe(true);
  expect(run).toMatchObject({ status: 'FAILED', error: { code: 'LLM_CONTEXT_WINDOW_EXCEEDED' } });
  expect(await server.deps.db.message.count({ where: { conversationId, kind: 'SUMMARY' } })).toBe(0);
});
