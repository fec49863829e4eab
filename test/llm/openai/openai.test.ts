import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ModelDelta, ModelRequest, ResponseFormat } from '../../../src/agent/model.ts';
import { readConfig } from '../../../src/config.ts';
import { createOpenAiModel, type CallLimits } from '../../../src/llm/openai/openai.ts';
import { toOpenAiRequest } from '../../../src/llm/openai/request.ts';
import { startFakeOpenAi, type Part } from '../../harness/fake-openai.ts';

const KEY = 'den-of-the-fox';
const FOX = 'https://example.com/fox.png';
const QUESTION = { role: 'user', text: 'What did the fox say?' } as const;
const NO_USAGE = {
  promptTokens: null,
  completionTokens: null,
  totalTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
};

test('reports text and reasoning as they come, and resolves with the whole answer and its usage', async () => {
  await using fake = await startFakeOpenAi();
  const usage = {
    prompt_tokens: 9,
    completion_tokens: 3,
    total_tokens: 12,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 1 },
  };
  fake.answers({ reasoning: 'Hm' }, 'Hello', ' world', { usage });

  const { deltas, reply } = await ask(fake.baseUrl);

  expect(deltas).toEqual([
    { type: 'reasoning', text: 'Hm' },
    { type: 'text', text: 'Hello' },
    { type: 'text', text: ' world' },
  ]);
  expect(reply).toEqual({
    text: 'Hello world',
    reasoning: 'Hm',
    toolCalls: [],
    finishReason: 'STOP',
    usage: {
      promptTokens: 9,
      completionTokens: 3,
      totalTokens: 12,
      cachedInputTokens: 4,
      cacheWriteTokens: null,
      reasoningTokens: 1,
    },
  });
});

test('sends messages, tools and settings, and only what was asked for', async () => {
  await using fake = await startFakeOpenAi();
  const call = { id: 'call_1', name: 'look', arguments: '{"at":"fox"}' };
  await ask(fake.baseUrl, {
    request: {
      messages: [
        { role: 'system', text: 'Be brief.' },
        { role: 'user', text: 'Look!', name: 'Ada Lovelace' },
        { role: 'assistant', text: '', toolCalls: [call] },
        { role: 'tool', toolCallId: 'call_1', text: 'red' },
        { role: 'user', text: 'And this?', parts: [{ text: 'And this?' }, { imageUrl: FOX, detail: 'low' }] },
        { role: 'assistant', text: 'It is red.', toolCalls: [] },
      ],
      tools: [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }],
      settings: { temperature: 0, topP: 0.5, maxOutputTokens: 7, reasoningEffort: 'LOW', parallelToolCalls: false },
    },
  });
  await ask(fake.baseUrl, { request: { messages: [QUESTION], tools: [], settings: { parallelToolCalls: true } } });

  const [full, bare] = fake.requests;
  expect(full?.headers.authorization).toBe(`Bearer ${KEY}`);
  expect(full?.body).toEqual({
    model: 'fox-1',
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Look!', name: 'Ada_Lovelace' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"fox"}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'red' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'And this?' },
          { type: 'image_url', image_url: { url: FOX, detail: 'low' } },
        ],
      },
      { role: 'assistant', content: 'It is red.' },
    ],
    tools: [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters: { type: 'object' } } }],
    temperature: 0,
    top_p: 0.5,
    max_tokens: 7,
    reasoning_effort: 'low',
    parallel_tool_calls: false,
  });
  expect(Object.keys(bare?.body ?? {}).toSorted()).toEqual(['messages', 'model', 'stream', 'stream_options']);
});

test.for<[ResponseFormat, object]>([
  [{ type: 'TEXT' }, { type: 'text' }],
  [{ type: 'JSON_OBJECT' }, { type: 'json_object' }],
  [
    { type: 'JSON_SCHEMA', schema: { type: 'object' } },
    { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
  ],
  [
    { type: 'JSON_SCHEMA', name: 'fox', schema: { type: 'object' }, strict: false },
    { type: 'json_schema', json_schema: { name: 'fox', schema: { type: 'object' }, strict: false } },
  ],
])('asks for the response format %j', async ([responseFormat, expected]) => {
  await using fake = await startFakeOpenAi();
  await ask(fake.baseUrl, { request: { messages: [QUESTION], tools: [], settings: { responseFormat } } });
  expect(fake.requests[0]?.body.response_format).toEqual(expected);
});

test.for<[ModelRequest['toolChoice'], unknown]>([
  ['none', 'none'],
  ['required', 'required'],
  [{ name: 'look' }, { type: 'function', function: { name: 'look' } }],
  [undefined, undefined],
])('the tool choice %j is sent as %j, and never without tools', ([toolChoice, expected]) => {
  const tools = [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
  const at = { name: 'fox-1', baseUrl: 'https://api.openai.com/v1' };
  const request = { messages: [QUESTION], tools, toolChoice, settings: {} };
  expect(toOpenAiRequest(request, at).tool_choice).toEqual(expected);
  expect(toOpenAiRequest({ ...request, tools: [] }, at)).not.toHaveProperty('tool_choice');
});

test.for([
  ['https://api.openai.com/v1', 'max_completion_tokens'],
  ['https://eu.api.openai.com/v1', 'max_completion_tokens'],
  ['https://api.openai.com.example.org/v1', 'max_tokens'],
])('names the output limit for %s %s', ([baseUrl, field]) => {
  const request = { messages: [QUESTION], tools: [], settings: { maxOutputTokens: 7 } };
  expect(toOpenAiRequest(request, { name: 'fox-1', baseUrl: baseUrl! })).toHaveProperty(field!, 7);
});

test('puts tool calls together, also from servers that leave out index and id', async () => {
  await using fake = await startFakeOpenAi();
  const delta = (...calls: object[]) => raw({ choices: [{ delta: { tool_calls: calls } }] });
  fake.answers(
    delta({ index: 0, id: 'a', function: { name: 'look', arguments: '' } }),
    delta({ index: 1, id: 'b', function: { name: 'wait' } }),
    delta({ index: 0, function: { arguments: '{"at":' } }, { index: 1, function: { arguments: '' } }),
    delta({ index: 0, function: { arguments: '"fox"}' } }),
    { finish: 'tool_calls' },
  );
  fake.answers(delta({ function: { name: 'look', arguments: '{}' } }), { finish: 'stop' });
  fake.answers(delta({ index: 0, id: 'a', function: { name: 'x' } }, { index: 0, id: 'b', function: { name: 'y' } }));

  const { reply } = await ask(fake.baseUrl);
  expect(reply.finishReason).toBe('TOOL_CALLS');
  expect(reply.toolCalls).toEqual([
    { id: 'a', name: 'look', arguments: '{"at":"fox"}' },
    { id: 'b', name: 'wait', arguments: '{}' },
  ]);
  const { reply: anonymous } = await ask(fake.baseUrl);
  expect(anonymous).toMatchObject({ finishReason: 'TOOL_CALLS', toolCalls: [{ name: 'look' }] });
  expect(anonymous.toolCalls[0]?.id).toMatch(/^call_/);
  const { reply: sameIndex } = await ask(fake.baseUrl);
  expect(sameIndex.toolCalls.map(({ name }) => name)).toEqual(['x', 'y']);
});

test('reports a tool call as it is written, from its name on, and exactly the arguments it resolves with', async () => {
  await using fake = await startFakeOpenAi();
  const delta = (...calls: object[]) => raw({ choices: [{ delta: { tool_calls: calls } }] });
  fake.answers(
    delta(
      { index: 0, id: 'a', function: { name: 'look', arguments: '' } },
      { index: 1, function: { arguments: '{"' } },
    ),
    delta({ index: 0, function: { arguments: '{"at":"\ud83e' } }),
    delta(
      { index: 1, id: 'b', function: { name: 'wait', arguments: 'for":1}' } },
      { index: 2, function: { name: 'go' } },
    ),
    delta({ index: 0, function: { arguments: '\udd8a\0\ud83e' } }),
    delta({ index: 0, function: { arguments: '"}\ud83e' } }),
  );
  const { deltas, reply } = await ask(fake.baseUrl);
  expect(deltas).toEqual(
    [
      [0, 'look', ''],
      [0, 'look', '{"at":"'],
      [1, 'wait', '{"for":1}'],
      [2, 'go', ''],
      [0, 'look', '🦊'],
      [0, 'look', '\ufffd"}'],
      [0, 'look', '\ufffd'],
      [2, 'go', '{}'],
    ].map(([index, name, text]) => ({ type: 'toolCall', index, name, text })),
  );
  expect(reply.toolCalls.map((call) => call.arguments)).toEqual(['{"at":"🦊\ufffd"}\ufffd', '{"for":1}', '{}']);
});

test.for([
  ['stop', 'STOP'],
  ['length', 'LENGTH'],
  ['tool_calls', 'TOOL_CALLS'],
  ['function_call', 'TOOL_CALLS'],
  ['content_filter', 'CONTENT_FILTER'],
])('finish reason %s is %s', async ([said, expected]) => {
  await using fake = await startFakeOpenAi();
  fake.answers('x', { finish: said! });
  expect((await ask(fake.baseUrl)).reply.finishReason).toBe(expected);
});

test('takes usage from the last chunk, after it, or not at all', async () => {
  const bodies = [
    chunk({ choices: [{ delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 5 } }) +
      chunk({ choices: [], usage: null }),
    chunk({ choices: [{ delta: {}, finish_reason: 'stop' }] }) + chunk({ choices: [], usage: { prompt_tokens: 5 } }),
    chunk({ choices: [{ delta: {}, finish_reason: 'stop' }] }),
  ];
  await using server = await serve((_request, response) => void response.end(bodies.shift()));

  expect((await ask(server.baseUrl)).reply.usage).toEqual({ ...NO_USAGE, promptTokens: 5 });
  expect((await ask(server.baseUrl)).reply.usage).toEqual({ ...NO_USAGE, promptTokens: 5 });
  expect((await ask(server.baseUrl)).reply).toMatchObject({ text: '', finishReason: 'STOP', usage: NO_USAGE });
});

test('an answer is whole with its finish reason, even if the server resets the connection or keeps it open then', async () => {
  const finish = chunk({ choices: [{ delta: { content: 'x' }, finish_reason: 'stop' }] });
  const endings: ((response: ServerResponse) => void)[] = [
    (response) => response.write(finish, () => response.socket?.resetAndDestroy()),
    (response) => response.write(`${finish}data: [DONE]\n\n`),
  ];
  await using server = await serve((_request, response) => endings.shift()!(response));

  expect((await ask(server.baseUrl)).reply.text).toBe('x');
  expect((await ask(server.baseUrl)).reply.text).toBe('x');
  await server.allClosed();
});

test('reads events however they are cut and ended', async () => {
  const bytes = Buffer.from(
    `: a comment\r\nid: 1\r\n${chunk({ choices: [{ delta: { content: 'äöü 🦊' } }] }).replace('{', '{\ndata: ')}`.replaceAll(
      '\n',
      '\r\n',
    ) + chunk({ choices: [{ delta: {}, finish_reason: 'stop' }] }),
  );
  await using server = await serve(async (_request, response) => {
    for (const byte of bytes) await new Promise((resolve) => response.write(Buffer.from([byte]), resolve));
    response.end();
  });
  expect((await ask(server.baseUrl)).reply.text).toBe('äöü 🦊');
});

test('reports only what can be stored, and reports exactly what it resolves with', async () => {
  await using fake = await startFakeOpenAi();
  fake.answers(
    'a\ud83e',
    '\0',
    '\udd8ab',
    '\udd8a',
    'c\ud83e',
    'd\0\ud83e',
    { reasoning: 'x\ud83e' },
    { reasoning: '\udd8a' },
  );

  const { deltas, reply } = await ask(fake.baseUrl);
  expect(reply.text).toBe('a🦊b\ufffdc\ufffdd\ufffd');
  expect(reply.reasoning).toBe('x🦊');
  expect(joined(deltas, 'text')).toBe(reply.text);
  expect(joined(deltas, 'reasoning')).toBe(reply.reasoning);
  expect(deltas.filter(({ text }) => text === '' || !text.isWellFormed())).toEqual([]);
});

test('waits for the promise of onDelta before it reports more', async () => {
  await using fake = await startFakeOpenAi();
  fake.answers('a', 'b', 'c');
  let busy = false;
  const { reply } = await ask(fake.baseUrl, {
    async onDelta() {
      expect(busy).toBe(false);
      busy = true;
      await new Promise(setImmediate);
      busy = false;
    },
  });
  expect(reply.text).toBe('abc');
});

test('stops reading while onDelta is pending', async () => {
  const full = Promise.withResolvers<void>();
  await using server = await serve((_request, response) => {
    const piece = chunk({ choices: [{ delta: { content: 'x'.repeat(50_000) } }] });
    // Only a reader that has stopped lets the buffers of two sockets fill up and stay full.
    const push = (blocked = 0) => {
      if (response.destroyed) return;
      const flows = response.writableLength === 0;
      if (flows) response.write(piece);
      if (blocked === 50) full.resolve();
      setImmediate(push, flows ? 0 : blocked + 1);
    };
    push();
  });
  const leave = new AbortController();
  let deltas = 0;
  const pending = ask(server.baseUrl, { signal: leave.signal, onDelta: () => (deltas++, new Promise(() => {})) });
  await full.promise;
  leave.abort('enough');
  await expect(pending).rejects.toBe('enough');
  expect(deltas).toBe(1);
});

test('rejects with what onDelta throws, and closes the connection', async () => {
  await using fake = await startFakeOpenAi();
  const next = fake.nextCall();
  const failed = expect(
    ask(fake.baseUrl, {
      onDelta() {
        throw new Error('fenced');
      },
    }),
  ).rejects.toThrow('fenced');
  const call = await next;
  call.says('a');
  await failed;
  await call.closed;
});

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

const tool = (text: string) => ({ index: 0, id: 'a', function: { name: 'look', arguments: text } });

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

const DATE = 'Thu, 01 Jan 2099 00:00:00 GMT';
const TEN_LATER = 'Thu, 01 Jan 2099 00:00:10 GMT';

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

test('does not hold it against the server that onDelta takes long', async () => {
  await using fake = await startFakeOpenAi();
  fake.answers('a', 'b');
  const limits = { idleMs: 150 };
  expect((await ask(fake.baseUrl, { limits, onDelta: () => sleep(200) })).reply.text).toBe('ab');
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

test('an abort while streaming rejects with its reason and closes the connection', async () => {
  await using fake = await startFakeOpenAi();
  const next = fake.nextCall();
  const leave = new AbortController();
  const reason = new Error('lease lost');
  const aborted = expect(
    ask(fake.baseUrl, { signal: leave.signal, onDelta: () => void setImmediate(() => leave.abort(reason)) }),
  ).rejects.toBe(reason);
  const call = await next;
  call.says('Hel');
  await aborted;
  await call.closed;
});

test('an abort while it waits for headers rejects with its reason and closes the connection', async () => {
  await using fake = await startFakeOpenAi();
  const next = fake.nextCall();
  const leave = new AbortController();
  const aborted = expect(ask(fake.baseUrl, { signal: leave.signal })).rejects.toBe('cancel');
  const call = await next;
  leave.abort('cancel');
  await aborted;
  await call.closed;
});

test('an abort while onDelta is pending rejects with its reason, closes the connection and reports no more', async () => {
  await using fake = await startFakeOpenAi();
  const next = fake.nextCall();
  const leave = new AbortController();
  const stuck = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  let deltas = 0;
  const onDelta = () => {
    deltas++;
    entered.resolve();
    return stuck.promise;
  };
  const aborted = expect(ask(fake.baseUrl, { signal: leave.signal, onDelta })).rejects.toBe('cancel');
  const call = await next;
  call.says('a', 'b');
  await entered.promise;
  leave.abort('cancel');
  await aborted;
  await call.closed;
  stuck.resolve();
  await new Promise(setImmediate);
  expect(deltas).toBe(1);
});

test('an aborted signal makes no request', async () => {
  await using fake = await startFakeOpenAi();
  await expect(ask(fake.baseUrl, { signal: AbortSignal.abort('cancel') })).rejects.toBe('cancel');
  expect(fake.requests).toEqual([]);
});

test('calls one after the other share a connection', async () => {
  await using server = await serve((_request, response) => {
    response.end(`${chunk({ choices: [{ delta: { content: 'x' }, finish_reason: 'stop' }] })}data: [DONE]\n\n`);
  });
  await ask(server.baseUrl);
  await new Promise(setImmediate); // the client takes a turn to give the connection back
  await ask(server.baseUrl);
  expect(server.sockets).toHaveLength(1);
});

test('the key for OpenAI never goes to a provider without one', async () => {
  await using fake = await startFakeOpenAi();
  process.env.OPENAI_API_KEY = KEY;
  process.env.OPENAI_ORG_ID = 'org-1';
  try {
    await ask(fake.baseUrl, { apiKey: undefined });
  } finally {
    delete process.env.OPENAI_API_KEY;
    delete process.env.OPENAI_ORG_ID;
  }
  expect(JSON.stringify(fake.requests[0]?.headers)).not.toMatch(/den-of|org-1/);
});

interface AskOptions {
  request?: ModelRequest;
  onDelta?: (delta: ModelDelta) => void | Promise<void>;
  signal?: AbortSignal;
  limits?: Partial<CallLimits>;
  apiKey?: string | undefined;
}

async function ask(baseUrl: string, options: AskOptions = {}) {
  const { request = { messages: [QUESTION], tools: [], settings: {} }, onDelta } = options;
  const limits = { ...readConfig({}).modelLimits, ...options.limits };
  const apiKey = 'apiKey' in options ? options.apiKey : KEY;
  const model = createOpenAiModel({ provider: 'fox', name: 'fox-1', baseUrl, apiKey, contextWindow: 1000 }, limits);
  const deltas: ModelDelta[] = [];
  const collect = (delta: ModelDelta) => void deltas.push(delta);
  const reply = await model.reply(request, onDelta ?? collect, options.signal ?? new AbortController().signal);
  return { deltas, reply };
}

/** A server for what the fake cannot do. */
async function serve(handler: RequestListener) {
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    response.on('error', () => {});
    response.setHeader('content-type', 'text/event-stream');
    request.resume().on('end', () => void handler(request, response));
  });
  server.on('connection', (socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    sockets,
    allClosed: () => Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close'))),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function chunk(fields: object): string {
  return `data: ${JSON.stringify(fields)}\n\n`;
}

function raw(fields: object): Part {
  return { raw: chunk(fields).trimEnd() };
}

function joined(deltas: ModelDelta[], type: ModelDelta['type']): string {
  return deltas
    .filter((delta) => delta.type === type)
    .map(({ text }) => text)
    .join('');
}
