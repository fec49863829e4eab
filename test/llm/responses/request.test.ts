import { expect, test } from 'vitest';
import type { ModelAnswer, ModelRequest } from '../../../src/agent/model.ts';
import { DIALECT, type Dialect } from '../../../src/llm/dialects/dialect.ts';
import { toResponsesRequest } from '../../../src/llm/responses/request.ts';

const HANDLE = 'own/thinker';
const sealed = (id: string) => ({ reasoning: { id, summary: [], encrypted: `sealed-${id}` } });

function inputOf(messages: ModelRequest['messages'], dialect: Partial<Dialect> = {}) {
  const target = { name: 'thinker', handle: HANDLE, dialect: { ...DIALECT, reasoning: 'always' as const, ...dialect } };
  const { input } = toResponsesRequest({ messages, tools: [], settings: {} }, target);
  return (input as unknown as Record<string, unknown>[]).map(
    (item) => item['content'] ?? item['output'] ?? item['id'] ?? item['call_id'],
  );
}

const answer = (text: string, ids: string[], output?: object[]): ModelAnswer => ({
  role: 'assistant',
  text,
  toolCalls: ids.map((id) => ({ id, name: id, arguments: '{}', givenId: id })),
  origin: HANDLE,
  ...(output && { reasoningData: { output } }),
});

const returnOf = (toolCallId: string) => ({ role: 'tool' as const, toolCallId, text: `${toolCallId} done` });

test.for<[string, ModelAnswer, unknown[]]>([
  [
    'goes back in its order',
    answer('One\n\nTwo', ['a', 'b'], [sealed('r1'), { call: 0 }, { text: 3 }, sealed('r2'), { text: 5 }, { call: 1 }]),
    ['r1', 'a', 'One', 'r2', 'Two', 'b'],
  ],
  [
    'of which a call was dropped leaves out what led to it',
    answer('One', ['a'], [sealed('r1'), { call: 0 }, { text: 3 }, sealed('r2'), { call: 1 }]),
    ['r1', 'a', 'One'],
  ],
  [
    'that has another text by now keeps all of that',
    answer('Another text', ['a'], [sealed('r1'), { text: 3 }, sealed('r2'), { text: 4 }, { call: 0 }]),
    ['r1', 'r2', 'Another text', 'a'],
  ],
  [
    'of another protocol is a message and its calls',
    { ...answer('One', ['a']), reasoningData: { reasoning_content: 'x' } },
    ['One', 'a'],
  ],
  [
    'of another model is a message and its calls',
    { ...answer('One', ['a'], [sealed('r1'), { call: 0 }]), origin: 'own/other' },
    ['One', expect.any(String)],
  ],
])('an answer that %s', ([, given, items]) => {
  const returns = given.toolCalls.map(({ id }) => returnOf(id));
  expect(inputOf([given, ...returns]).slice(0, items.length)).toEqual(items);
  expect(inputOf([given, ...returns])).toHaveLength(items.length + returns.length);
});

test('reasoning of earlier turns can be left out, or all of it', () => {
  const turns = [
    { role: 'user' as const, text: 'Hi' },
    answer('One', [], [sealed('r1'), { text: 3 }]),
    { role: 'user' as const, text: 'And?' },
    answer('', ['a'], [sealed('r2'), { call: 0 }]),
    returnOf('a'),
  ];
  expect(inputOf(turns, { reasoning: 'turn' })).toEqual(['Hi', 'One', 'And?', 'r2', 'a', 'a done']);
  expect(inputOf(turns, { reasoning: 'never' })).toEqual(['Hi', 'One', 'And?', 'a', 'a done']);
});
