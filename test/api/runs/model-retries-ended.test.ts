import { expect, test, vi } from 'vitest';
import { takeAway } from '../../durability/mid-answer.ts';
import { CANCEL } from '../../harness/documents.ts';
import type { Part } from '../../harness/fake-openai.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startOwnServer, startTestServer } from '../../harness/server.ts';
import { firstConversation, history, isEnd, isRestart, readRun, runEvents, send, typesOf } from '../../harness/talk.ts';
import { watch } from '../../harness/watch.ts';

const toolCallChunk = (index: number) =>
  `data: {"choices":[{"delta":{"tool_calls":[{"index":${index},"function":{"name":"x"}}]}}]}`;

test('a cancel between two tries is final at once, and the provider is not asked again', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await using watcher = await watch(server.url, conversationId);
  server.model.answers('half', { eof: true });
  server.model.answers({ status: 503, headers: { 'retry-after': '3' } });
  const { id } = await send(server, { conversationId, text: 'Hi' });
  await watcher.sees(({ node }) => node.__typename === 'StepRestarted' && node.messageIds.length === 0);
  const { run } = only((await server.execute(CANCEL, { runId: id })).cancelRun, 'CancelRunPayload');
  expect(run).toMatchObject({ status: 'CANCELLED', stopReason: 'CANCELLED' });
  // The worker has let go of it, seconds before the next try was due.
  const isLeft = expect.objectContaining({ msg: 'run left', runId: id });
  await vi.waitFor(() => expect(server.logged.lines).toContainEqual(isLeft), 1000);
  expect(typesOf(await runEvents(server, id)).slice(-2)).toEqual(['StepRestarted', 'RunFinished']);
  expect((await history(server, conversationId)).messages.nodes.slice(1)).toMatchObject([{ text: 'Hi' }]);
  expect(server.model.requests).toHaveLength(2);
  expect((await send(server, { conversationId, text: 'Again', wait: true })).status).toBe('COMPLETED');
  expect(server.model.requests).toHaveLength(3);
  expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
});

test('a worker that loses its run between two tries makes no further one: whoever has the run asks at once', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await using watcher = await watch(server.url, conversationId);
  server.model.answers({ status: 503, headers: { 'retry-after': '4' } });
  const { id } = await send(server, { conversationId, text: 'Hi' });
  await watcher.sees(isRestart);
  await takeAway(server.deps, id);
  expect((await watcher.sees(isEnd)).node).toMatchObject({ status: 'COMPLETED' });
  const isGivenUp = expect.objectContaining({ msg: 'stopped working on a run', runId: id, claim: 1 });
  await vi.waitFor(() => expect(server.logged.lines).toContainEqual(isGivenUp), 1000);
  expect(server.model.requests).toHaveLength(2);
  expect(await readRun(server, id)).toMatchObject({ attempt: 2, stepCount: 1 });
  expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
});

test('what failed tries used counts for the run, as far as the provider said it', async () => {
  await using server = await startOwnServer({ MODEL_TRIES: '2' });
  const conversationId = await firstConversation(server);
  const cut = [
    'half',
    { raw: 'data: {"choices": [], "usage": {"prompt_tokens": 3, "total_tokens": 4}}' },
    { eof: true },
  ];
  server.model.answers(...(cut as Part[]));
  server.model.answers('whole', { usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } });
  const first = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(await readRun(server, first.id)).toMatchObject({
    usage: { promptTokens: 6, completionTokens: 2, totalTokens: 9, contextTokens: 5 },
    steps: [{ usage: { totalTokens: 5 } }],
  });

  server.model.answers({ status: 500 });
  server.model.answers(...(cut as Part[]));
  const second = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(await readRun(server, second.id)).toMatchObject({
    status: 'FAILED',
    usage: { promptTokens: 3, completionTokens: null, totalTokens: 4 },
    steps: [{ usage: { totalTokens: 4 } }],
  });
  expect((await runEvents(server, second.id)).at(-1)?.node).toMatchObject({ usage: { totalTokens: 4 } });
});

test('an answer that asks for more tool calls than any model should fails with LIMIT_EXCEEDED', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers(...Array.from({ length: 200 }, (_, index) => ({ raw: toolCallChunk(index) })), { stall: true });
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(run).toMatchObject({ status: 'FAILED', stopReason: 'LIMIT_EXCEEDED', error: { code: 'LIMIT_EXCEEDED' } });
  expect(server.model.requests).toHaveLength(1);
  expect((await readRun(server, run.id)).timeToFirstTokenMs).toBe(null);
  expect((await send(server, { conversationId, text: 'Again', wait: true })).status).toBe('COMPLETED');
});
