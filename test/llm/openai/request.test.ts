import { expect, test } from 'vitest';
import type { ModelRequest, ResponseFormat } from '../../../src/agent/model.ts';
import { dialectOf } from '../../../src/llm/dialects/rows.ts';
import { toOpenAiRequest } from '../../../src/llm/openai/request.ts';
import { startFakeOpenAi } from '../../harness/fake-openai.ts';
import { KEY, QUESTION, ask, serve, chunk } from './ask.ts';

const target = (baseUrl: string) => ({ name: 'fox-1', handle: 'den/fox-1', dialect: dialectOf(baseUrl, 'fox-1') });

const FOX = 'https://example.com/fox.png';

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
    tools: [
      {
        type: 'function',
        function: { name: 'look', description: 'Looks.', parameters: { type: 'object' } },
      },
    ],
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
  const at = target('https://api.openai.com/v1');
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
  expect(toOpenAiRequest(request, target(baseUrl!))).toHaveProperty(field!, 7);
});

test('a schema without properties gets some where they are asked for', () => {
  const tools = [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
  const { tools: sent } = toOpenAiRequest(
    { messages: [QUESTION], tools, settings: {} },
    target('https://api.openai.com/v1'),
  );
  expect(sent).toMatchObject([{ function: { parameters: { type: 'object', properties: {} } } }]);
});

test.for([
  ['Ada Lovelace', 'Ada_Lovelace'],
  [`${'x'.repeat(63)}👋`, 'x'.repeat(63)],
])('the name %s is sent as %s', ([name, sent]) => {
  const request = { messages: [{ ...QUESTION, name: name! }], tools: [], settings: {} };
  expect(toOpenAiRequest(request, target('http://127.0.0.1/v1')).messages).toMatchObject([{ name: sent }]);
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

test('what another protocol kept with an answer stays out', () => {
  const dialect = { ...target('http://127.0.0.1:1/v1').dialect, reasoning: 'always' as const };
  const call = { id: 'a', name: 'look', arguments: '{}' };
  const answer = { role: 'assistant' as const, text: '', toolCalls: [call], origin: 'den/fox-1' };
  const sent = (reasoningData: object) =>
    toOpenAiRequest(
      { messages: [{ ...answer, reasoningData }], tools: [], settings: {} },
      { ...target('http://127.0.0.1:1/v1'), dialect },
    ).messages[0];
  expect(sent({ output: [{ call: 0 }] })).toEqual(sent({}));
  expect(sent({ reasoning_content: 'Hm.' })).toHaveProperty('reasoning_content', 'Hm.');
});
