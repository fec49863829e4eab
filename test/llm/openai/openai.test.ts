import { type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import type { ModelDelta } from '../../../src/agent/model.ts';
import { startFakeOpenAi } from '../../harness/fake-openai.ts';
import { NO_USAGE, ask, serve, chunk, raw } from './ask.ts';

function joined(deltas: ModelDelta[], type: ModelDelta['type']): string {
  return deltas
    .filter((delta) => delta.type === type)
    .map(({ text }) => text)
    .join('');
}

const delta = (...calls: object[]) => raw({ choices: [{ delta: { tool_calls: calls } }] });

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

test('puts tool calls together, also from servers that leave out index and id', async () => {
  await using fake = await startFakeOpenAi();
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
  expect(anonymous.toolCalls[0]?.id).toBe('');
  const { reply: sameIndex } = await ask(fake.baseUrl);
  expect(sameIndex.toolCalls.map(({ name }) => name)).toEqual(['x', 'y']);
});

test('reports a tool call as it is written, from its name on, and exactly the arguments it resolves with', async () => {
  await using fake = await startFakeOpenAi();
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
