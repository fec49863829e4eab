import { expect, test, vi } from 'vitest';
import type { ModelError } from '../../../src/agent/model.ts';
import { startFakeGemini } from '../../harness/fake-gemini.ts';
import { ask, KEY } from './ask.ts';

const rpc = (type: string, fields: object) => ({ '@type': `type.googleapis.com/google.rpc.${type}`, ...fields });
const quota = (quotaId: string) => rpc('QuotaFailure', { violations: [{ quotaId, quotaValue: '250' }] });
const INVALID_KEY = { message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' };
const EXCEEDED = 'You exceeded your current quota, please check your plan and billing details.';

const refusals: [name: string, status: number, body: object, error: object][] = [
  [
    'a limit of the minute waits as long as it says',
    429,
    { message: EXCEEDED, details: [quota('RequestsPerMinute'), rpc('RetryInfo', { retryDelay: '34.07s' })] },
    { code: 'LLM_RATE_LIMITED', isRetryable: true, retryAfterMs: 34_070 },
  ],
  [
    'a limit of the day is not waited for',
    429,
    { message: EXCEEDED, details: [quota('RequestsPerDayPerProject'), rpc('RetryInfo', { retryDelay: '12s' })] },
    { code: 'LLM_RATE_LIMITED', isRetryable: false },
  ],
  [
    'credit that is used up',
    429,
    { message: 'Your prepayment credits are depleted.', status: 'RESOURCE_EXHAUSTED' },
    { code: 'LLM_INSUFFICIENT_CREDITS', isRetryable: false },
  ],
  ['a key that is not valid', 400, INVALID_KEY, { code: 'LLM_AUTHENTICATION', isContentRefused: false }],
  ['a key without the right', 403, { message: 'Permission denied' }, { code: 'LLM_AUTHENTICATION' }],
  [
    'a place that is not served',
    400,
    { message: 'User location is not supported for the API use.', status: 'FAILED_PRECONDITION' },
    { code: 'LLM_AUTHENTICATION', isContentRefused: false },
  ],
  ['a model that does not exist', 404, { message: 'models/fox is not found' }, { code: 'LLM_MODEL_NOT_FOUND' }],
  [
    'a request that is too long',
    400,
    { message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).' },
    { code: 'LLM_CONTEXT_WINDOW_EXCEEDED' },
  ],
  ['overload', 503, { message: 'The model is overloaded.' }, { code: 'LLM_UNAVAILABLE', isRetryable: true }],
  ['an error of its own', 500, { message: 'An internal error has occurred.' }, { code: 'LLM_UNAVAILABLE' }],
];

test.for(refusals)('%s', async ([, status, body, error]) => {
  await using fake = await startFakeGemini();
  fake.answers({ status, body });
  expect(await ask(fake.baseUrl).catch((thrown: unknown) => thrown)).toMatchObject(error);
  expect(fake.requests).toHaveLength(1);
});

test('the words of the provider are in the message, and the key is not', async () => {
  await using fake = await startFakeGemini();
  fake.answers({ status: 400, body: { message: `Nobody knows ${KEY} here.` } });
  const { message } = (await ask(fake.baseUrl).catch((thrown: unknown) => thrown)) as ModelError;
  expect(message).toContain('Nobody knows *** here.');
  expect(message).toContain('gemini refused the call (400)');
});

test('a page instead of an error is no answer', async () => {
  await using fake = await startFakeGemini();
  fake.answers({ status: 502, headers: { 'content-type': 'text/html' } });
  expect(await ask(fake.baseUrl).catch((thrown: unknown) => thrown)).toMatchObject({ code: 'LLM_UNAVAILABLE' });
});

test('nobody at the address is unavailable', async () => {
  const gone = await startFakeGemini();
  await gone[Symbol.asyncDispose]();
  const error = await ask(gone.baseUrl).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'LLM_UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED') });
});

test('silence before the first token and within an answer times out, and closes the connection', async () => {
  await using fake = await startFakeGemini();
  const timeout = { code: 'LLM_TIMEOUT', isRetryable: true };
  const silences = [
    [[{ stall: true }], { firstTokenMs: 50 }, { message: 'gemini did not answer for 0.05 seconds.' }],
    [[{ raw: ': \n\n' }, { stall: true }], { reasoningMs: 50 }, { mostTries: 2 }],
    [['Hel', { stall: true }], { idleMs: 50 }, { message: 'gemini fell silent for 0.05 seconds.' }],
  ] as const;
  for (const [chunks, limits, error] of silences) {
    fake.answers(...chunks);
    const thrown = await ask(fake.baseUrl, { limits }).catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ ...timeout, ...error });
  }
  await Promise.all(fake.stalled.map(({ closed }) => closed));
});

test('an answer that takes longer or is longer than this server allows is not asked for again', async () => {
  await using fake = await startFakeGemini();
  fake.answers('Hel', { stall: true });
  const late = await ask(fake.baseUrl, { limits: { callMs: 50 } }).catch((thrown: unknown) => thrown);
  expect(late).toMatchObject({ code: 'LIMIT_EXCEEDED', isRetryable: false });
  fake.answers('x'.repeat(101));
  const long = await ask(fake.baseUrl, { limits: { outputBytes: 100 } }).catch((thrown: unknown) => thrown);
  expect(long).toMatchObject({ code: 'LIMIT_EXCEEDED', isRetryable: false });
});

test('an abort rejects with its reason, before, at and behind the headers, and closes the connection', async () => {
  await using fake = await startFakeGemini();
  await expect(ask(fake.baseUrl, { signal: AbortSignal.abort('cancel') })).rejects.toBe('cancel');
  expect(fake.requests).toEqual([]);
  fake.answers('Hel', { stall: true });
  const leave = new AbortController();
  const onDelta = () => void setImmediate(() => leave.abort('lease lost'));
  await expect(ask(fake.baseUrl, { signal: leave.signal, onDelta })).rejects.toBe('lease lost');
  fake.answers({ stall: true });
  const early = new AbortController();
  const aborted = expect(ask(fake.baseUrl, { signal: early.signal })).rejects.toBe('cancel');
  await vi.waitUntil(() => fake.stalled.length === 2);
  early.abort('cancel');
  await aborted;
  await Promise.all(fake.stalled.map(({ closed }) => closed));
});
