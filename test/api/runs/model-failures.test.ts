import { expect, test } from 'vitest';
import type { Part } from '../../harness/fake-openai.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startOwnServer, startTestServer } from '../../harness/server.ts';
import { firstConversation, history, readRun, runEvents, send, textOf, typesOf } from '../../harness/talk.ts';

interface Failure {
  name: string;
  parts: Part[];
  code: string;
  environment?: Record<string, string>;
  isFinal?: true;
}

const failures: Failure[] = [
  { name: 'status 408', parts: [{ status: 408 }], code: 'LLM_TIMEOUT' },
  { name: 'status 409', parts: [{ status: 409 }], code: 'LLM_UNAVAILABLE' },
  { name: 'status 429', parts: [{ status: 429 }], code: 'LLM_RATE_LIMITED' },
  { name: 'status 500', parts: [{ status: 500 }], code: 'LLM_UNAVAILABLE' },
  { name: 'status 503', parts: [{ status: 503 }], code: 'LLM_UNAVAILABLE' },
  { name: 'a wrong key', parts: [{ status: 401 }], code: 'LLM_AUTHENTICATION', isFinal: true },
  { name: 'an unknown model', parts: [{ status: 404 }], code: 'LLM_MODEL_NOT_FOUND', isFinal: true },
  { name: 'a bad request', parts: [{ status: 400 }], code: 'LLM_BAD_REQUEST', isFinal: true },
  { name: 'an empty account', parts: [{ status: 402 }], code: 'LLM_INSUFFICIENT_CREDITS', isFinal: true },
  { name: 'a stream that ends early', parts: ['half', { eof: true }], code: 'LLM_STREAM_TRUNCATED' },
  { name: 'a reset connection', parts: ['half', { delayMs: 50 }, { reset: true }], code: 'LLM_UNAVAILABLE' },
  { name: 'a chunk that is not JSON', parts: ['half', { raw: 'data: {oops' }], code: 'LLM_INVALID_RESPONSE' },
  {
    name: 'silence before the first token',
    parts: [{ stall: true }],
    code: 'LLM_TIMEOUT',
    environment: { MODEL_FIRST_TOKEN_TIMEOUT_MS: '200' },
  },
  {
    name: 'silence after some text',
    parts: ['half', { stall: true }],
    code: 'LLM_TIMEOUT',
    environment: { MODEL_IDLE_TIMEOUT_MS: '200' },
  },
];

const stopReasons: Record<string, string> = {
  LLM_INVALID_RESPONSE: 'INVALID_LLM_RESPONSE',
  LLM_INSUFFICIENT_CREDITS: 'INSUFFICIENT_CREDITS',
};

test.each(failures)(
  '$name in every try fails the run with $code, loses nothing, and the next send works',
  async ({ parts, code, environment, isFinal = false }) => {
    await using server = await startOwnServer({ MODEL_TRIES: '2', ...environment });
    const conversationId = await firstConversation(server);
    server.model.answers(...parts);
    if (!isFinal) server.model.answers(...parts);
    const { id } = await send(server, { conversationId, text: 'Hi', wait: true });
    const run = await readRun(server, id);
    expect(run).toMatchObject({
      status: 'FAILED',
      stopReason: stopReasons[code] ?? 'LLM_API_ERROR',
      error: { code, message: expect.stringMatching(/\w/) },
      steps: [{ status: 'FAILED' }],
    });
    const types = typesOf(await runEvents(server, id));
    expect(types.at(-1)).toBe('RunFinished');
    expect(types.filter((type) => type === 'StepRestarted')).toHaveLength(isFinal ? 0 : 1);
    expect(server.model.requests).toHaveLength(isFinal ? 1 : 2);
    // What the last try said is kept, what was taken back is not.
    const partial = parts[0] === 'half' ? [{ text: 'half', isPartial: true }] : [];
    const { nodes } = (await history(server, conversationId)).messages;
    expect(nodes).toHaveLength(2 + partial.length);
    expect(nodes.slice(1)).toMatchObject([{ text: 'Hi' }, ...partial]);
    expect((await send(server, { conversationId, text: 'Again', wait: true })).status).toBe('COMPLETED');
    expect(await probeQuiet(server)).toEqual([]);
  },
);

test('an endpoint that is down fails the run with a message that names it, and no key', async () => {
  await using server = await startOwnServer({
    OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
    OPENAI_API_KEY: 'sk-very-secret-key',
    MODEL_TRIES: '2',
  });
  const conversationId = await firstConversation(server);
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(run).toMatchObject({
    status: 'FAILED',
    stopReason: 'LLM_API_ERROR',
    error: { code: 'LLM_UNAVAILABLE', message: expect.stringContaining('127.0.0.1:9') },
  });
  expect(JSON.stringify([run, server.logged.lines])).not.toContain('secret');
});

test('each failed try is one line in the log, without text of the answer and without a key', async () => {
  await using server = await startOwnServer({ MODEL_TRIES: '2', OPENAI_API_KEY: 'den-of-the-fox' });
  const conversationId = await firstConversation(server);
  server.model.answers('The fox sleeps ', { raw: 'data: {The fox sleeps}' });
  const message = 'Wrong key: den-of-the-fox';
  server.model.answers({ status: 401, body: { error: { message } }, headers: { 'x-key': 'den-of-the-fox' } });
  await send(server, { conversationId, text: 'What does the fox do?', wait: true });
  const warnings = server.logged.lines.filter(({ level }) => Number(level) >= 40);
  expect(warnings).toMatchObject([
    { msg: 'a model call failed; trying again', code: 'LLM_INVALID_RESPONSE', waitMs: expect.any(Number) },
    { msg: 'the model call of a run failed', code: 'LLM_AUTHENTICATION' },
  ]);
  expect(JSON.stringify(server.logged.lines)).not.toContain('fox');
});

const endless = [
  { name: 'bytes', environment: { MODEL_OUTPUT_LIMIT_BYTES: '5000' }, text: 'x'.repeat(100), everyMs: 1 },
  { name: 'time', environment: { MODEL_CALL_LIMIT_MS: '600' }, text: 'x', everyMs: 20 },
];

test.each(endless)(
  'an answer without end is cut off at the limit of $name: the provider is hung up on, the text is kept',
  async ({ name, environment, text, everyMs }) => {
    await using server = await startOwnServer(environment);
    const conversationId = await firstConversation(server);
    const next = server.model.nextCall();
    const { id } = await send(server, { conversationId, text: 'Hi' });
    const call = await next;
    const saying = call.saysForever(text, everyMs);
    const edges = await runEvents(server, id);
    await Promise.all([call.closed, saying]);
    expect(await readRun(server, id)).toMatchObject({
      status: 'FAILED',
      stopReason: 'LIMIT_EXCEEDED',
      error: { code: 'LIMIT_EXCEEDED', message: expect.stringContaining('openai') },
      steps: [{ status: 'FAILED', stopReason: 'LIMIT_EXCEEDED' }],
    });
    expect(typesOf(edges)).not.toContain('StepRestarted');
    expect(server.model.requests).toHaveLength(1);
    const said = textOf(edges);
    expect(said).toMatch(name === 'bytes' ? /^x{5000}$/ : /^x{1,30}$/);
    const { nodes } = (await history(server, conversationId)).messages;
    expect(nodes.slice(1)).toMatchObject([{ text: 'Hi' }, { text: said, isPartial: true }]);
    expect((await send(server, { conversationId, text: 'Again', wait: true })).status).toBe('COMPLETED');
    expect(await probeQuiet(server)).toEqual([]);
  },
);

test.each([
  { finish: 'length', stopReason: 'MAX_TOKENS_EXCEEDED', code: 'MAX_TOKENS_EXCEEDED' },
  { finish: 'content_filter', stopReason: 'INVALID_LLM_RESPONSE', code: 'LLM_CONTENT_FILTER' },
])('an answer that ends with $finish says so: the run, its step, and its messages, which are partial', async (cut) => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const { finish, stopReason, code } = cut;
  const begun = { toolCall: { name: 'memory_insert', arguments: '{"label":' } };
  server.model.answers({ reasoning: 'Hm.' }, 'as far as', begun, { finish });
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(run).toMatchObject({ status: 'FAILED', stopReason, error: { code } });
  const partial = [
    { __typename: 'ReasoningMessage', text: 'Hm.', isPartial: true },
    { __typename: 'AssistantMessage', text: 'as far as', isPartial: true },
  ];
  expect((await history(server, conversationId)).messages.nodes.slice(2)).toMatchObject(partial);
  const edges = await runEvents(server, run.id);
  const added = edges.flatMap(({ node }) => (node.__typename === 'MessageAdded' ? [node.message] : []));
  expect(added.slice(1)).toMatchObject(partial);
  const steps = [{ index: 0, status: 'FAILED', stopReason }];
  expect(await readRun(server, run.id)).toMatchObject({ stepCount: 1, steps });
});

test('a usage that cannot be is not believed', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers('a', { usage: { prompt_tokens: 1e15, completion_tokens: -1, total_tokens: 7 } });
  const { id } = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(await readRun(server, id)).toMatchObject({
    status: 'COMPLETED',
    usage: { promptTokens: null, completionTokens: null, totalTokens: 7 },
  });
});

test('characters that the database cannot hold are taken out of the answer, the same in deltas and text', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers('a\0b', '\ud83d', '\udc4b', 'c\ud83d');
  const { id } = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(textOf(await runEvents(server, id))).toBe('ab👋c\ufffd');
  expect((await history(server, conversationId)).messages.nodes.at(-1)).toMatchObject({ text: 'ab👋c\ufffd' });
});
