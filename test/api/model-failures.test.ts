import { expect, test } from 'vitest';
import { startTestServer } from '../harness/server.ts';
import { firstConversation, history, readRun, runEvents, send, textOf, typesOf } from '../harness/talk.ts';

const failures = [
  { name: 'an error of the server', parts: [{ status: 500 }], code: 'LLM_UNAVAILABLE' },
  { name: 'too many requests', parts: [{ status: 429 }], code: 'LLM_RATE_LIMITED' },
  { name: 'a wrong key', parts: [{ status: 401 }], code: 'LLM_AUTHENTICATION' },
  { name: 'an unknown model', parts: [{ status: 404 }], code: 'LLM_MODEL_NOT_FOUND' },
  { name: 'a bad request', parts: [{ status: 400 }], code: 'LLM_BAD_REQUEST' },
  { name: 'a stream that ends early', parts: ['half', { eof: true as const }], code: 'LLM_STREAM_TRUNCATED' },
  {
    name: 'a connection that is reset',
    parts: ['half', { delayMs: 50 }, { reset: true as const }],
    code: 'LLM_UNAVAILABLE',
  },
  { name: 'a chunk that is not JSON', parts: ['half', { raw: 'data: {oops' }], code: 'LLM_INVALID_RESPONSE' },
];

test.each(failures)(
  '$name fails the run with $code, loses nothing, and the next send works',
  async ({ parts, code }) => {
    await using server = await startTestServer();
    const conversationId = await firstConversation(server);
    server.model.answers(...parts);
    const { id } = await send(server, { conversationId, text: 'Hi', wait: true });
    const run = await readRun(server, id);
    expect(run).toMatchObject({
      status: 'FAILED',
      error: { code, message: expect.stringMatching(/\w/) },
      steps: [{ status: 'FAILED' }],
    });
    expect(run.stopReason).toBe(code === 'LLM_INVALID_RESPONSE' ? 'INVALID_LLM_RESPONSE' : 'LLM_API_ERROR');
    expect(typesOf(await runEvents(server, id)).at(-1)).toBe('RunFinished');
    const partial = parts[0] === 'half' ? [{ text: 'half', isPartial: true }] : [];
    expect((await history(server, conversationId)).messages.nodes.slice(1)).toMatchObject([{ text: 'Hi' }, ...partial]);
    expect((await send(server, { conversationId, text: 'Again', wait: true })).status).toBe('COMPLETED');
  },
);

test('an endpoint that is down fails the run with a message that names it, and no key', async () => {
  await using server = await startTestServer({
    OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
    OPENAI_API_KEY: 'sk-very-secret-key',
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

test('an answer that is cut off at the output limit says so', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers('as far as', { finish: 'length' });
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(run).toMatchObject({
    status: 'FAILED',
    stopReason: 'MAX_TOKENS_EXCEEDED',
    error: { code: 'MAX_TOKENS_EXCEEDED' },
  });
  expect((await history(server, conversationId)).messages.nodes.at(-1)).toMatchObject({
    text: 'as far as',
    isPartial: false,
  });
  const steps = [{ index: 0, status: 'FAILED', stopReason: 'MAX_TOKENS_EXCEEDED' }];
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

test('an empty answer ends the turn without a message', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers({ finish: 'stop' });
  expect(await send(server, { conversationId, text: 'Hi', wait: true })).toMatchObject({
    status: 'COMPLETED',
    stopReason: 'END_TURN',
  });
  expect((await history(server, conversationId)).messages.nodes).toHaveLength(2);
});

test('characters that the database cannot hold are taken out of the answer, the same in deltas and text', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers('a\0b', '\ud83d', '\udc4b', 'c\ud83d');
  const { id } = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(textOf(await runEvents(server, id))).toBe('ab👋c\ufffd');
  expect((await history(server, conversationId)).messages.nodes.at(-1)).toMatchObject({ text: 'ab👋c\ufffd' });
});
