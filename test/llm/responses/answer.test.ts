import { expect, test } from 'vitest';
import type { ModelDelta } from '../../../src/agent/model.ts';
import { createAnswer } from '../../../src/llm/responses/answer.ts';

const ENDPOINT = { provider: 'fox', baseUrl: 'http://127.0.0.1:1/v1' };

type Event = { type?: string } & Record<string, unknown>;

/** Reads these events, to the end. */
function read(events: Event[], limitBytes = 1000) {
  const answer = createAnswer(ENDPOINT, limitBytes);
  const deltas: ModelDelta[] = events.flatMap((event) => answer.add(JSON.stringify(event)));
  deltas.push(...answer.end());
  return { answer, deltas, reply: answer.reply() };
}

const added = (output_index: number, item: object) => ({ type: 'response.output_item.added', output_index, item });
const done = (output_index: number, item: object) => ({ type: 'response.output_item.done', output_index, item });
const text = (output_index: number, delta: string, content_index = 0) => ({
  type: 'response.output_text.delta',
  output_index,
  content_index,
  delta,
});
const argument = (output_index: number, delta: string) => ({
  type: 'response.function_call_arguments.delta',
  output_index,
  delta,
});
const call = (id: string, given = '') => ({ type: 'function_call', call_id: id, name: id, arguments: given });
const completed = (...output: object[]) => ({ type: 'response.completed', response: { status: 'completed', output } });
const message = (...texts: string[]) => ({
  type: 'message',
  content: texts.map((each) => ({ type: 'output_text', text: each })),
});

test('calls that are written by turns are told apart', () => {
  const { deltas, reply } = read([
    added(0, call('a')),
    added(1, call('b')),
    argument(1, '{"b"'),
    argument(0, '{"a"'),
    argument(1, ':1}'),
    argument(0, ':1}'),
    done(0, call('a', '{"a":1}')),
    done(1, call('b', '{"b":1}')),
    completed(),
  ]);
  expect(reply).toMatchObject({
    finishReason: 'TOOL_CALLS',
    toolCalls: [
      { id: 'a', name: 'a', arguments: '{"a":1}' },
      { id: 'b', name: 'b', arguments: '{"b":1}' },
    ],
  });
  for (const [index, { arguments: whole }] of reply.toolCalls.entries())
    expect(deltas.map((delta) => ('index' in delta && delta.index === index ? delta.text : '')).join('')).toBe(whole);
  expect(reply).not.toHaveProperty('reasoningData');
});

test.for<[string, Event[]]>([
  ['in the items alone', [done(0, message('Hel', 'lo')), done(1, call('a', '{}')), completed()]],
  ['in the whole response alone', [completed(message('Hello'), call('a', '{}'))]],
  [
    'half in deltas',
    [text(0, 'Hel'), text(0, 'lo', 1), added(1, call('a')), completed(message('Hel', 'lo'), call('a', '{}'))],
  ],
  ['without a stream', [{ object: 'response', status: 'completed', output: [message('Hello'), call('a', '{}')] }]],
  [
    'with events that are not known',
    [{ type: 'response.moon' }, text(0, 'Hello'), done(1, call('a', '{}')), completed()],
  ],
])('an answer that came %s is read whole, and once', ([, events]) => {
  const { reply, deltas } = read(events);
  expect(reply).toMatchObject({ text: 'Hello', toolCalls: [{ id: 'a', arguments: '{}' }], finishReason: 'TOOL_CALLS' });
  expect(deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('')).toBe('Hello');
});

test('a whole response that leaves items out changes nothing of those that came', () => {
  const events = [added(0, { type: 'reasoning' }), text(1, 'Hello'), completed(message('Hello'))];
  expect(read(events).reply.text).toBe('Hello');
});

test.for<[string, Event[]]>([
  ['a call that did not end', [added(0, call('a')), argument(0, '{"a":'), completed()]],
  ['a call without a name', [argument(0, '{}'), completed()]],
  [
    'a call whose end is another',
    [added(0, call('a')), argument(0, '{"a'), done(0, call('a', '{"b":1}')), completed()],
  ],
  ['a status that is not known', [{ type: 'response.completed', response: { status: 'moon' } }]],
  ['text without its place', [{ type: 'response.output_text.delta', delta: 'x' }, completed()]],
  ['an event without a type', [{ delta: 'x' }]],
])('an answer with %s is no success', ([, events]) => {
  expect(() => read(events)).toThrow(expect.objectContaining({ code: 'LLM_INVALID_RESPONSE', isRetryable: true }));
});

test('an answer is not whole before its end came', () => {
  const answer = createAnswer(ENDPOINT, 1000);
  answer.add(JSON.stringify(text(0, 'Hello')));
  answer.close();
  expect(answer.isWhole()).toBe(false);
});

test('reasoning in silence is not the pause of an answer', () => {
  const answer = createAnswer(ENDPOINT, 1000);
  answer.add(JSON.stringify(text(0, 'Hello')));
  expect(answer.hasBegun()).toBe(true);
  answer.add(JSON.stringify(added(1, { type: 'reasoning' })));
  expect(answer.hasBegun()).toBe(false);
  answer.add(JSON.stringify(done(1, { type: 'reasoning' })));
  expect(answer.hasBegun()).toBe(true);
});

test('sealed reasoning counts for the limit of an answer', () => {
  const sealed = { type: 'reasoning', id: 'rs_1', encrypted_content: 'x'.repeat(30) };
  expect(() => read([done(0, sealed), completed()], 29)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
  expect(read([done(0, sealed), text(1, 'Hi'), completed()], 40).reply).toMatchObject({
    isReasoningSealed: true,
    reasoningData: { output: [{ reasoning: { id: 'rs_1', encrypted: 'x'.repeat(30) } }, { text: 2 }] },
  });
});

test('half an emoji waits for the other half', () => {
  const { deltas, reply } = read([text(0, 'a\ud83e'), text(0, '\udd8a\0b'), completed()]);
  expect(deltas).toEqual([
    { type: 'text', text: 'a' },
    { type: 'text', text: '🦊b' },
  ]);
  expect(reply.text).toBe('a🦊b');
});
