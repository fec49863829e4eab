import { expect, test } from 'vitest';
import { ModelError, type ModelMessage } from '../../../src/agent/model.ts';
import { startFakeAnthropic, type AnthropicPart } from '../../harness/fake-anthropic.ts';
import { ask, KEY, LOOK } from './ask.ts';

const refused = (status: number, type: string, message: string, headers = {}): AnthropicPart => ({
  status,
  body: { type, message },
  headers,
});

test.for<[string, AnthropicPart[], object]>([
  ['an overload', [refused(529, 'overloaded_error', 'Overloaded')], { code: 'LLM_UNAVAILABLE', isRetryable: true }],
  [
    'a rate limit',
    [refused(429, 'rate_limit_error', 'Slow down', { 'retry-after': '7' })],
    { code: 'LLM_RATE_LIMITED', isRetryable: true, retryAfterMs: 7000 },
  ],
  [
    'an empty credit balance',
    [refused(400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.')],
    { code: 'LLM_INSUFFICIENT_CREDITS', isRetryable: false, isContentRefused: false },
  ],
  [
    'a spending limit',
    [refused(400, 'invalid_request_error', 'You have reached your specified API usage limits.')],
    { code: 'LLM_INSUFFICIENT_CREDITS', isRetryable: false, isContentRefused: false },
  ],
  ['a wrong key', [refused(401, 'authentication_error', `invalid ${KEY}`)], { code: 'LLM_AUTHENTICATION' }],
  ['an unknown model', [refused(404, 'not_found_error', 'model: fox')], { code: 'LLM_MODEL_NOT_FOUND' }],
  [
    'a prompt that is too long',
    [refused(400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum')],
    { code: 'LLM_CONTEXT_WINDOW_EXCEEDED' },
  ],
  [
    'a request that is too large',
    [refused(413, 'request_too_large', 'Too large')],
    { code: 'LLM_CONTEXT_WINDOW_EXCEEDED' },
  ],
  [
    'an overload within the answer',
    ['Hel', { error: { type: 'overloaded_error', message: 'Overloaded' } }],
    { code: 'LLM_UNAVAILABLE', isRetryable: true },
  ],
  [
    'a rate limit within the answer',
    ['Hel', { error: { type: 'rate_limit_error', message: 'Slow down' } }],
    { code: 'LLM_RATE_LIMITED', isRetryable: true },
  ],
  ['an answer that breaks off', ['Hel', { eof: true }], { code: 'LLM_STREAM_TRUNCATED', isRetryable: true }],
  ['a full window', ['Hel', { stop: 'model_context_window_exceeded' }], { code: 'LLM_CONTEXT_WINDOW_EXCEEDED' }],
  ['a paused turn', ['Hel', { stop: 'pause_turn' }], { code: 'LLM_STREAM_TRUNCATED' }],
  ['an unknown stop reason', ['Hel', { stop: 'moon_phase' }], { code: 'LLM_STREAM_TRUNCATED' }],
])('%s fails the call with its reason', async ([, parts, expected]) => {
  await using fake = await startFakeAnthropic();
  fake.answers(...parts);
  const error = await ask(fake.baseUrl).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ModelError);
  expect(error).toMatchObject(expected);
  expect((error as Error).message).not.toContain(KEY);
  expect(fake.requests).toHaveLength(1);
});

test.for([
  ['max_tokens', 'LENGTH'],
  ['refusal', 'CONTENT_FILTER'],
  ['stop_sequence', 'STOP'],
])('an answer that stops with %s is %s', async ([stop, finishReason]) => {
  await using fake = await startFakeAnthropic();
  fake.answers('Hel', { stop: stop! });
  expect((await ask(fake.baseUrl)).reply).toMatchObject({ text: 'Hel', finishReason });
});

test('a silent endpoint is left after the limits of time', async () => {
  await using fake = await startFakeAnthropic();
  fake.answers('Hel', { stall: true });
  const left = fake.left();
  await expect(ask(fake.baseUrl, {}, { limits: { idleMs: 50 } })).rejects.toMatchObject({ code: 'LLM_TIMEOUT' });
  await left;
});

test('a response format that the API does not offer is refused before the call', async () => {
  await using fake = await startFakeAnthropic();
  for (const responseFormat of [{ type: 'JSON_OBJECT' }, { type: 'JSON_SCHEMA', schema: {} }] as const)
    await expect(ask(fake.baseUrl, { settings: { responseFormat } })).rejects.toMatchObject({
      code: 'LLM_BAD_REQUEST',
      message: expect.stringMatching(/responseFormat/),
    });
  expect(fake.requests).toEqual([]);
});

test.for([
  ['claude-haiku-4-5', { temperature: 0.5, reasoningEffort: 'HIGH' }, ['temperature']],
  ['claude-unknown-5', { reasoningEffort: 'HIGH' }, undefined],
] as const)('%s learns what a refusal teaches', async ([name, settings, leftOut]) => {
  await using fake = await startFakeAnthropic();
  const { reply } = await ask(fake.baseUrl, { settings, tools: [LOOK] }, { name });
  expect(reply.text).toBe('ok');
  expect(reply.leftOut).toEqual(leftOut);
});

test('thinking whose signature is refused stays behind, and the call is answered', async () => {
  await using fake = await startFakeAnthropic();
  const reasoningData = { anthropic: [{ type: 'thinking', thinking: 'Hm', signature: 'of another account' }] };
  const messages: ModelMessage[] = [
    { role: 'user', text: 'Hi' },
    { role: 'assistant', text: 'Hi', toolCalls: [], origin: 'fox/claude-sonnet-5-5', reasoningData },
    { role: 'user', text: 'So?' },
  ];
  const { reply } = await ask(fake.baseUrl, { messages });
  expect(reply).toMatchObject({ text: 'ok' });
  expect(fake.requests.map(({ refusal }) => refusal !== undefined)).toEqual([true, false]);
  expect(fake.requests[1]?.body.thinking).toEqual(fake.requests[0]?.body.thinking);
});
