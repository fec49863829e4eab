import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createToolCalls } from '../../../src/llm/openai/tool-calls.ts';

const TOOLS = ['look', 'look_up', 'wait', 'go'];

interface Call {
  name: string;
  text: string;
}

type Entry = Record<string, unknown>;

/** How a server may write the pieces of a call: the first one has its name. */
type Dialect = (call: Call, place: number, text: string, isFirst: boolean) => Entry;

const named = (name: string | undefined, text: string) => ({ function: { ...(name && { name }), arguments: text } });

const turns: Record<string, Dialect> = {
  'index, and id at first': (call, index, text, isFirst) => ({
    index,
    ...(isFirst && { id: `c${index}`, type: 'function' }),
    ...named(isFirst ? call.name : undefined, text),
  }),
  'index alone': (call, index, text, isFirst) => ({ index, ...named(isFirst ? call.name : undefined, text) }),
  'id alone': (call, index, text, isFirst) => ({ id: `c${index}`, ...named(isFirst ? call.name : undefined, text) }),
  'all in every piece': (call, index, text) => ({
    index,
    id: `c${index}`,
    type: 'function',
    ...named(call.name, text),
  }),
  'a number as id, an index as text': (call, index, text, isFirst) => ({
    index: `${index}`,
    id: index,
    ...named(isFirst ? call.name : undefined, text),
  }),
};

const onceAtATime: Record<string, Dialect> = {
  'index 0, distinct ids at first': (call, place, text, isFirst) => ({
    index: 0,
    ...(isFirst && { id: `c${place}` }),
    ...named(isFirst ? call.name : undefined, text),
  }),
  'index 0, no ids': (call, _place, text, isFirst) => ({
    index: 0,
    id: '',
    ...named(isFirst ? call.name : undefined, text),
  }),
  nothing: (call, _place, text, isFirst) => named(isFirst ? call.name : undefined, text),
  'index and one id for all': (call, index, text, isFirst) => ({
    index,
    id: 'same',
    ...named(isFirst ? call.name : undefined, text),
  }),
};

/** No two alike: under one id they would be one call that is sent twice. */
const calls = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom(...TOOLS),
    text: fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }).map((value) => JSON.stringify(value)),
  }),
  { minLength: 1, maxLength: 5, selector: JSON.stringify },
);

/** Where the arguments are cut, as shares of their length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

function piecesOf(text: string, shares: number[]): string[] {
  const ends = [...shares.map((share) => Math.round(share * text.length)), text.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
}

function expectRead(entries: Entry[], expected: Call[]) {
  const reader = createToolCalls({ provider: 'fox', baseUrl: 'http://127.0.0.1' }, () => {}, TOOLS);
  const deltas = [...entries.flatMap((entry) => reader.add(entry)), ...reader.end()];
  const reported: Call[] = [];
  for (const { index, name, text } of deltas) (reported[index] ??= { name, text: '' }).text += text;
  expect(reader.whole().map(({ name, arguments: text }) => ({ name, text }))).toEqual(expected);
  expect(reported).toEqual(expected);
}

test.for(Object.entries(turns))('calls that are written in turns are told apart by: %s', ([, write]) => {
  fc.assert(
    fc.property(calls, cuts, fc.infiniteStream(fc.nat(1)), (wanted, shares, order) => {
      // The first pieces come in order, the others in any.
      const queues = wanted.map((call, place) =>
        ['', ...piecesOf(call.text, shares)].map((text, index) => write(call, place, text, index === 0)),
      );
      const entries = queues.map((queue) => queue.shift()!);
      while (queues.some(({ length }) => length > 0))
        for (const queue of queues) if (queue.length > 0 && order.next().value === 0) entries.push(queue.shift()!);
      expectRead(entries, wanted);
    }),
  );
});

test.for(Object.entries({ ...turns, ...onceAtATime }))(
  'calls that are written one after another are told apart by: %s',
  ([, write]) => {
    fc.assert(
      fc.property(calls, cuts, (wanted, shares) => {
        const entries = wanted.flatMap((call, place) =>
          piecesOf(call.text, shares).map((text, index) => write(call, place, text, index === 0)),
        );
        expectRead(entries, wanted);
      }),
    );
  },
);
