import { expect, test } from 'vitest';
import { callOf, startFakeGemini, thought, type GeminiChunk } from '../../harness/fake-gemini.ts';
import type { ModelRequest } from '../../../src/agent/model.ts';
import { ask, modelAt, QUESTION } from './ask.ts';

async function askOnce(...chunks: GeminiChunk[]) {
  await using fake = await startFakeGemini();
  fake.answers(...chunks);
  return await ask(fake.baseUrl);
}

const failing = (...chunks: GeminiChunk[]) => askOnce(...chunks).catch((error: unknown) => error);

test('text, thoughts and calls come as deltas, and the reply is their sum', async () => {
  const { deltas, reply } = await askOnce(
    { parts: [thought('Hm.')] },
    'Let me ',
    { parts: [{ text: 'see.' }, callOf('look', { at: 'fox' }, { id: 'a1', thoughtSignature: 'c2ln' })] },
    { parts: [callOf('wait')] },
  );
  expect(deltas).toEqual([
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: 'Let me ' },
    { type: 'text', text: 'see.' },
    { type: 'toolCall', index: 0, name: 'look', text: '{"at":"fox"}' },
    { type: 'toolCall', index: 1, name: 'wait', text: '{}' },
  ]);
  expect(reply).toEqual({
    text: 'Let me see.',
    reasoning: 'Hm.',
    toolCalls: [
      { id: 'a1', name: 'look', arguments: '{"at":"fox"}', extra: { thoughtSignature: 'c2ln' } },
      { id: '', name: 'wait', arguments: '{}' },
    ],
    finishReason: 'TOOL_CALLS',
    usage: {
      promptTokens: 100,
      completionTokens: 25,
      totalTokens: 125,
      cachedInputTokens: 40,
      cacheWriteTokens: null,
      reasoningTokens: 5,
    },
  });
});

test('a signature of text is kept with its place', async () => {
  const { reply } = await askOnce('Hello ', { parts: [{ text: 'fox.', thoughtSignature: 'c2ln' }] });
  expect(reply.reasoningData).toEqual({ length: 10, signatures: [{ start: 6, end: 10, thoughtSignature: 'c2ln' }] });
});

test('a character that is cut in two arrives whole, and what cannot be stored is left out', async () => {
  const { reply, deltas } = await askOnce('a\ud83d', '\udc4b\0b', '\ud83d');
  expect(reply.text).toBe('a👋b\ufffd');
  expect(deltas.map(({ text }) => text).join('')).toBe(reply.text);
});

test('a tool whose name Google does not take goes by another one there', async () => {
  await using fake = await startFakeGemini();
  const parameters = { type: 'object', properties: {} };
  const tools = ['2fa', '_look'].map((name) => ({ name, description: 'Checks.', parameters }));
  const toolCalls = [{ id: 'a', name: '2fa', arguments: '{}' }];
  const messages: ModelRequest['messages'] = [
    QUESTION,
    { role: 'assistant', text: '', toolCalls },
    { role: 'tool', toolCallId: 'a', text: 'ok' },
  ];
  fake.answers({ parts: [callOf('_2fa'), callOf('_look'), callOf('_wait')] });
  const { reply } = await ask(fake.baseUrl, { request: { messages, tools, toolChoice: { name: '2fa' } } });
  expect(reply.toolCalls.map(({ name }) => name)).toEqual(['2fa', '_look', '_wait']);
  expect(JSON.stringify(fake.requests)).not.toContain('"2fa"');
});

test('the preview is the body that goes over the wire', async () => {
  await using fake = await startFakeGemini();
  const model = modelAt(fake.baseUrl);
  const request: ModelRequest = {
    messages: [
      { role: 'system', text: 'You are a fox.' },
      { role: 'user', text: 'Look!', parts: [{ text: 'Look!' }, { imageUrl: 'data:image/png;base64,Zm94' }] },
      { role: 'assistant', text: '', toolCalls: [{ id: 'a', name: 'look', arguments: '{"at":"fox"}' }] },
      { role: 'tool', toolCallId: 'a', text: 'A fox.' },
    ],
    tools: [{ name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } }],
    toolChoice: { name: 'look' },
    settings: {
      temperature: 0.2,
      topP: 0.5,
      maxOutputTokens: 50,
      reasoningEffort: 'LOW',
      responseFormat: { type: 'JSON_OBJECT' },
    },
  };
  await model.reply(request, () => {}, new AbortController().signal);
  expect(fake.requests.map(({ body }) => body)).toEqual([model.preview(request)]);
});

const ends: [reason: string, finish: string][] = [
  ['STOP', 'STOP'],
  ['MAX_TOKENS', 'LENGTH'],
  ['SAFETY', 'CONTENT_FILTER'],
  ['RECITATION', 'CONTENT_FILTER'],
  ['PROHIBITED_CONTENT', 'CONTENT_FILTER'],
];

test.for(ends)('the finish reason %s is %s', async ([reason, finishReason]) => {
  expect((await askOnce('Hel', { finish: reason })).reply).toMatchObject({ text: 'Hel', finishReason });
});

const failures: [name: string, chunks: GeminiChunk[], error: object][] = [
  [
    'a call that Google could not read',
    [{ finish: 'MALFORMED_FUNCTION_CALL' }],
    { code: 'LLM_INVALID_RESPONSE', isRetryable: true },
  ],
  [
    'a finish reason that is not known',
    ['Hel', { finish: 'FOX_CAME' }],
    { code: 'LLM_STREAM_TRUNCATED', mostTries: 2, message: expect.stringContaining('FOX_CAME') },
  ],
  ['the finish reason OTHER', ['Hel', { finish: 'OTHER' }], { code: 'LLM_STREAM_TRUNCATED', mostTries: 2 }],
  ['no finish reason', ['Hel', { eof: true }], { code: 'LLM_STREAM_TRUNCATED', isRetryable: true }],
  ['an end within a chunk', ['Hel', { raw: 'data: {"cand' }, { eof: true }], { code: 'LLM_STREAM_TRUNCATED' }],
  ['a reset', ['Hel', { reset: true }], { code: 'LLM_UNAVAILABLE', isRetryable: true }],
  ['a chunk that is not JSON', [{ raw: 'data: fox\n\n' }], { code: 'LLM_INVALID_RESPONSE' }],
  ['a chunk of another shape', [{ parts: 'fox' as never }], { code: 'LLM_INVALID_RESPONSE' }],
  ['a call without a name', [{ parts: [callOf('')] }], { code: 'LLM_INVALID_RESPONSE' }],
  [
    'a blocked prompt',
    [{ blocked: 'PROHIBITED_CONTENT' }],
    { code: 'LLM_BAD_REQUEST', isContentRefused: true, isRetryable: false },
  ],
  [
    'an error inside the stream',
    ['Hel', { raw: 'data: {"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}\n\n' }],
    { code: 'LLM_UNAVAILABLE', message: expect.stringContaining('overloaded') },
  ],
];

test.for(failures)('%s is no answer', async ([, chunks, error]) => {
  expect(await failing(...chunks)).toMatchObject(error);
});

test('a failed call keeps what it used', async () => {
  expect(await failing('Hel', { finish: 'OTHER' })).toMatchObject({
    usage: { promptTokens: 100, completionTokens: 25 },
  });
});

test('an answer that has its finish reason is whole, whatever the connection does then', async () => {
  const whole = 'data: {"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}]}\n\n';
  expect((await askOnce({ raw: whole }, { raw: 'data: {"cand' }, { eof: true })).reply.text).toBe('Hi');
  expect((await askOnce({ raw: whole }, { stall: true })).reply.text).toBe('Hi');
});
