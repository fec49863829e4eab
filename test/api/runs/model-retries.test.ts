import { expect, test } from 'vitest';
import type { Part } from '../../harness/fake-openai.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startOwnServer, startTestServer } from '../../harness/server.ts';
import {
  firstConversation,
  history,
  isEnd,
  isRestart,
  readRun,
  runEvents,
  send,
  textOf,
  typesOf,
  type Edge,
} from '../../harness/talk.ts';
import { watch } from '../../harness/watch.ts';

interface Fault {
  name: string;
  parts: Part[];
  /** How many messages have text before it. */
  begun?: number;
  environment?: Record<string, string>;
}

const faults: Fault[] = [
  ...[408, 409, 429, 500, 503].map((status) => ({ name: `status ${status}`, parts: [{ status }] })),
  {
    name: 'a connection that is reset',
    parts: [{ reasoning: 'Hm' }, 'half', { delayMs: 50 }, { reset: true }],
    begun: 2,
  },
  { name: 'a connection that is reset before it answers', parts: [{ reset: true }] },
  { name: 'a stream that ends early', parts: ['half', { eof: true }], begun: 1 },
  { name: 'a chunk that is not JSON', parts: ['half', { raw: 'data: {oops' }], begun: 1 },
  ...['{}', '"look"', '[7]', '[{"index":0,"function":{"arguments":"{"}}]'].map((calls) => ({
    name: `tool calls of the shape ${calls}`,
    parts: ['half', { raw: `data: {"choices":[{"delta":{"tool_calls":${calls}}}]}` }],
    begun: 1,
  })),
  {
    name: 'silence before the first token',
    parts: [{ stall: true }],
    environment: { MODEL_FIRST_TOKEN_TIMEOUT_MS: '200' },
  },
  {
    name: 'silence after some text',
    parts: ['half', { stall: true }],
    begun: 1,
    environment: { MODEL_IDLE_TIMEOUT_MS: '200' },
  },
];

/** The ids of the messages that each try streamed text of. */
function triesOf(edges: Edge[]): string[][] {
  const tries: Set<string>[] = [new Set()];
  for (const { node } of edges) {
    if (node.__typename === 'StepRestarted') tries.push(new Set());
    if ('messageId' in node) tries.at(-1)?.add(node.messageId);
  }
  return tries.map((ids) => [...ids]);
}

test.each(faults)(
  '$name, twice: each try is taken back and told of, and the third makes the answer',
  async ({ parts, begun = 0, environment }) => {
    await using server = await startOwnServer(environment);
    const conversationId = await firstConversation(server);
    await using watcher = await watch(server.url, conversationId);
    server.model.answers(...parts);
    server.model.answers(...parts);
    server.model.answers('The ', 'whole.');
    const { id } = await send(server, { conversationId, text: 'Hi', wait: true });
    await watcher.sees(isEnd);

    const { edges } = watcher.transcript;
    const restarts = edges.flatMap(({ node }) => (node.__typename === 'StepRestarted' ? [node] : []));
    const tries = triesOf(edges);
    expect(restarts.map(({ messageIds }) => messageIds)).toEqual(tries.slice(0, 2));
    expect(tries.map(({ length }) => length)).toEqual([begun, begun, 1]);
    for (const { reason } of restarts) expect(reason).toMatch(/openai.*\w; trying again in \d(\.\d)? s$/);
    const dropped = new Set(tries.slice(0, 2).flat());
    const kept = edges.filter(({ node }) => !('messageId' in node && dropped.has(node.messageId)));
    expect(textOf(kept)).toBe('The whole.');
    expect((await history(server, conversationId)).messages.nodes.slice(1)).toMatchObject([
      { text: 'Hi' },
      { id: tries[2]?.[0], text: 'The whole.', isPartial: false },
    ]);

    expect(server.model.requests.map(({ body }) => body)).toEqual(Array(3).fill(server.model.requests[0]?.body));
    const steps = [{ index: 0, status: 'SUCCEEDED' }];
    expect(await readRun(server, id)).toMatchObject({ status: 'COMPLETED', attempt: 1, stepCount: 1, steps });
    expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
  },
);

test('a provider that refuses connections is asked again until it is back', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await using watcher = await watch(server.url, conversationId);
  await server.model.goAway();
  await send(server, { conversationId, text: 'Hi' });
  const restarted = await watcher.sees(isRestart);
  expect(restarted.node).toMatchObject({ messageIds: [], reason: expect.stringContaining('ECONNREFUSED') });
  await server.model.comeBack();
  expect((await watcher.sees(isEnd)).node).toMatchObject({ status: 'COMPLETED' });
  expect(server.model.requests).toHaveLength(1);
});

test('every step of a run has all its tries', async () => {
  await using server = await startOwnServer({ MODEL_TRIES: '2' });
  const conversationId = await firstConversation(server);
  server.model.answers({ status: 500 });
  server.model.answers({ toolCall: { name: 'look', arguments: {} } });
  server.model.answers({ status: 500 });
  server.model.answers('Nothing to see.');
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(run.status).toBe('COMPLETED');
  expect(await readRun(server, run.id)).toMatchObject({ stepCount: 2 });
});

test.each([
  ['retry-after', '1', 1000],
  ['retry-after-ms', '700', 700],
])('a provider that says %s %s is left alone for so long', async (header, value, leastMs) => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers({ status: 429, headers: { [header]: value } });
  expect(await send(server, { conversationId, text: 'Hi', wait: true })).toMatchObject({ status: 'COMPLETED' });
  const [first, second] = server.model.requests.map(({ receivedAt }) => receivedAt);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(leastMs - 5);
});

test('a wait that does not fit into the budget fails the run at once', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers({ status: 429, headers: { 'retry-after': '121' } });
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(run).toMatchObject({ status: 'FAILED', error: { code: 'LLM_RATE_LIMITED' } });
  expect(typesOf(await runEvents(server, run.id))).not.toContain('StepRestarted');
  expect(server.model.requests).toHaveLength(1);
});
