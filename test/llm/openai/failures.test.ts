import { expect, test } from 'vitest';
import type { CallLimits } from '../../../src/llm/call-limits.ts';
import { startFakeOpenAi, type Part } from '../../harness/fake-openai.ts';
import { KEY, NO_USAGE, tool, ask, serve, raw } from './ask.ts';

const DATE = 'Thu, 01 Jan 2099 00:00:00 GMT';

const TEN_LATER = 'Thu, 01 Jan 2099 00:00:10 GMT';

test.for<[string, Part[], string]>([
  ['ends without a finish reason', ['Hel', { eof: true }], 'LLM_STREAM_TRUNCATED'],
  ['is reset', ['Hel', { reset: true }], 'LLM_UNAVAILABLE'],
  ['is reset before it began', [{ reset: true }], 'LLM_UNAVAILABLE'],
  ['never begins', [{ stall: true }], 'LLM_TIMEOUT'],
  ['falls silent', ['Hel', { stall: true }], 'LLM_TIMEOUT'],
  ['holds broken JSON', ['Hel', { raw: 'data: {oops' }], 'LLM_INVALID_RESPONSE'],
  ['holds JSON that is no chunk', [{ raw: 'data: 7' }], 'LLM_INVALID_RESPONSE'],
  ['holds an overload error', ['Hel', raw({ error: { message: 'Overloaded', code: 502 } })], 'LLM_UNAVAILABLE'],
  ['holds a rate limit error', [raw({ error: { message: 'Slow', code: 'rate_limit_exceeded' } })], 'LLM_RATE_LIMITED'],
  ['ends with an error', [raw({ choices: [{ finish_reason: 'error', delta: {} }] })], 'LLM_UNAVAILABLE'],
])('a stream that %s is a failure worth a retry', async ([, parts, code]) => {
  await using fake = await startFakeOpenAi();
  fake.answers(...parts);
  // The others must be noticed by themselves.
  const limits = code === 'LLM_TIMEOUT' ? { firstTokenMs: 300, idleMs: 100 } : {};
  await expect(ask(fake.baseUrl, { limits })).rejects.toMatchObject({ name: 'ModelError', code, isRetryable: true });
});

test.for<[string, Part[], Partial<CallLimits>]>([
  ['is too long in text and reasoning', ['12345', { reasoning: 'äöü' }, '6'], { outputBytes: 11 }],
  ['is too long in a tool call', [raw({ choices: [{ delta: { tool_calls: [tool('12345')] } }] })], { outputBytes: 9 }],
  ['is too long in one event', [{ raw: `data: ${'x'.repeat(5_000_000)}` }], {}],
  ['takes too long', ['1', { delayMs: 50 }, '2', { delayMs: 100 }, '3'], { callMs: 120 }],
  ['never begins, and takes too long', [{ stall: true }], { callMs: 120 }],
])('an answer that %s is beyond the limit, and not asked for again', async ([, parts, limits]) => {
  await using fake = await startFakeOpenAi();
  fake.answers(...parts);
  const failure = { name: 'ModelError', code: 'LIMIT_EXCEEDED', isRetryable: false };
  await expect(ask(fake.baseUrl, { limits })).rejects.toMatchObject(failure);
});

test('an answer may be as long as the limit', async () => {
  await using fake = await startFakeOpenAi();
  fake.answers('12345', { reasoning: 'äöü' });
  expect((await ask(fake.baseUrl, { limits: { outputBytes: 11 } })).reply.text).toBe('12345');
});

test('waits longer for the first token than for the others, whatever else the server sends before', async () => {
  await using fake = await startFakeOpenAi();
  const role = raw({ choices: [{ delta: { role: 'assistant', content: '' } }] });
  fake.answers({ raw: ': keep-alive' }, { delayMs: 150 }, role, { delayMs: 150 }, 'ok');
  expect((await ask(fake.baseUrl, { limits: { firstTokenMs: 10_000, idleMs: 50 } })).reply.text).toBe('ok');
});

test('a failure tells what the call used, as far as the provider said', async () => {
  await using fake = await startFakeOpenAi();
  fake.answers('x', raw({ choices: [], usage: { prompt_tokens: 5 } }), { eof: true });
  await expect(ask(fake.baseUrl)).rejects.toHaveProperty('usage', { ...NO_USAGE, promptTokens: 5 });
  fake.answers('x', { eof: true });
  await expect(ask(fake.baseUrl)).rejects.toHaveProperty('usage', null);
});

test.for<[Record<string, string>, number | null]>([
  [{}, null],
  [{ 'retry-after': '2' }, 2000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '2', 'retry-after-ms': '1500' }, 1500],
  [{ 'retry-after-ms': '-5' }, 0],
  [{ 'retry-after': TEN_LATER, date: DATE }, 10_000],
  [{ 'retry-after': DATE, date: TEN_LATER }, 0],
  [{ 'retry-after': 'soon' }, null],
])('headers %j ask to wait %s ms', async ([headers, retryAfterMs]) => {
  await using fake = await startFakeOpenAi();
  fake.answers({ status: 429, headers });
  await expect(ask(fake.baseUrl)).rejects.toMatchObject({ code: 'LLM_RATE_LIMITED', retryAfterMs });
});

test('hangs up on a server that fell silent', async () => {
  await using fake = await startFakeOpenAi();
  const next = fake.nextCall();
  const silent = expect(ask(fake.baseUrl, { limits: { idleMs: 50 } })).rejects.toMatchObject({
    message: 'fox fell silent for 0.05 seconds.',
  });
  const call = await next;
  call.says('Hel');
  await silent;
  await call.closed;
});

test('a refused connection names the host', async () => {
  const gone = await serve(() => {});
  await gone[Symbol.asyncDispose]();
  await expect(ask(gone.baseUrl)).rejects.toMatchObject({
    code: 'LLM_UNAVAILABLE',
    isRetryable: true,
    message: `There is no connection to fox (${new URL(gone.baseUrl).host}): ECONNREFUSED.`,
  });
});

test('an answer that is no stream is an invalid one', async () => {
  await using server = await serve((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<h1>Welcome to nginx</h1>');
  });
  await expect(ask(server.baseUrl)).rejects.toMatchObject({ code: 'LLM_INVALID_RESPONSE', isRetryable: true });
});

test.for<[number, unknown, string, boolean]>([
  [400, { message: 'Unknown parameter' }, 'LLM_BAD_REQUEST', false],
  [400, { message: 'Too long', code: 'context_length_exceeded' }, 'LLM_CONTEXT_WINDOW_EXCEEDED', false],
  [400, { message: "This model's maximum context length is 8 tokens" }, 'LLM_CONTEXT_WINDOW_EXCEEDED', false],
  [400, { message: 'max_tokens is too large: 9000' }, 'LLM_BAD_REQUEST', false],
  [401, { message: 'No' }, 'LLM_AUTHENTICATION', false],
  [402, { message: 'No' }, 'LLM_INSUFFICIENT_CREDITS', false],
  [403, { message: 'No' }, 'LLM_AUTHENTICATION', false],
  [404, { message: 'No' }, 'LLM_MODEL_NOT_FOUND', false],
  [408, { message: 'No' }, 'LLM_TIMEOUT', true],
  [409, { message: 'No' }, 'LLM_UNAVAILABLE', true],
  [413, { message: 'No' }, 'LLM_CONTEXT_WINDOW_EXCEEDED', false],
  [422, { message: 'No' }, 'LLM_BAD_REQUEST', false],
  [429, { message: 'No' }, 'LLM_RATE_LIMITED', true],
  [429, { message: 'No', code: 'insufficient_quota' }, 'LLM_INSUFFICIENT_CREDITS', false],
  [500, { message: 'No' }, 'LLM_UNAVAILABLE', true],
  [503, 'No', 'LLM_UNAVAILABLE', true],
])('status %i with %j is %s', async ([status, error, code, isRetryable]) => {
  await using fake = await startFakeOpenAi();
  fake.answers({ status, body: { error } });
  const message = typeof error === 'string' ? error : (error as { message: string }).message;
  await expect(ask(fake.baseUrl)).rejects.toMatchObject({
    code,
    isRetryable,
    message: `fox refused the call (${status}): ${message}`,
  });
  expect(fake.requests).toHaveLength(1);
});

test('a message says what the provider said, without keys and not at length', async () => {
  await using fake = await startFakeOpenAi();
  const other = 'gsk_abcdefghijklmnop';
  fake.answers({ status: 401, body: { error: { message: `Bad key ${KEY}, ${other}. ${'Sorry. '.repeat(100)}` } } });
  const error = await ask(fake.baseUrl).catch((reason: Error) => reason);
  expect(error).toHaveProperty('message', expect.stringMatching(/^fox refused the call \(401\): Bad key .*Sorry/));
  const { message } = error as Error;
  expect(message).not.toContain(KEY);
  expect(message).not.toContain(other.slice(4));
  expect(message.length).toBeLessThan(340);
});
