import { expect, test } from 'vitest';
import { createTokenCounter } from '../../src/agent/tokens.ts';

const AROUND = 4;
const user = (text: string) => ({ role: 'user', text }) as const;

test.for([
  ['', 0],
  ['hello world', 2],
  ['漢字仮名交じり文', 9],
  ['👋', 2],
  ['{"a": [1, 2.5, null]}\n', 13],
  // A control token of the provider is text like any other.
  ['<|endoftext|>', 7],
])('counts %j as models of OpenAI do', async ([text, tokens]) => {
  const counter = await createTokenCounter({ tokenizer: 'o200k_base' });
  expect(counter.message(user(text as string))).toBe((tokens as number) + AROUND);
});

test('counts long runs of one kind about as exactly', async () => {
  const counter = await createTokenCounter({ tokenizer: 'o200k_base' });
  const countRun = (character: string, length: number) => counter.message(user(character.repeat(length))) - AROUND;
  expect(countRun('a', 20_000)).toBe(2500);
  expect(countRun(' ', 20_000)).toBe(157);
  expect(countRun('\n', 20_000)).toBe(1250);
  expect(countRun('=', 20_000)).toBeCloseTo(312, -1);
});

// In a time that grows with the square of the length, each of them would take minutes: the test would time out.
test.for(['a', ' ', '=', '\n', '漢', '👋'])('counts half a million of %j in passable time', async (character) => {
  const counter = await createTokenCounter({ tokenizer: 'o200k_base' });
  expect(counter.message(user(character.repeat(500_000)))).toBeGreaterThan(1000);
});

test('a surrogate pair is never cut', async () => {
  const counter = await createTokenCounter({ tokenizer: 'o200k_base' });
  const one = counter.message(user('👋')) - AROUND;
  expect(counter.message(user('👋'.repeat(1001)))).toBe(1001 * one + AROUND);
});

test.for([
  ['', 0],
  ['abcd', 1],
  ['abcde', 2],
  ['漢字', 2],
])('estimates %j where the tokenizer is not known: a token for four bytes of UTF-8', async ([text, tokens]) => {
  const counter = await createTokenCounter({ tokenizer: null });
  expect(counter.message(user(text as string))).toBe((tokens as number) + AROUND);
});

test('a message counts with its name, its calls and what goes around them', async () => {
  const counter = await createTokenCounter({ tokenizer: null });
  expect(counter.message({ role: 'system', text: 'abcd' })).toBe(AROUND + 1);
  expect(counter.message({ ...user('abcd'), name: 'Ada' })).toBe(AROUND + 1 + 2);
  expect(counter.message({ role: 'tool', toolCallId: 'toolcall-1', text: 'abcd' })).toBe(AROUND + 1);
  const call = { id: 'toolcall-1', name: 'look', arguments: '{"at":1}' };
  expect(counter.message({ role: 'assistant', text: '', toolCalls: [call, call] })).toBe(AROUND + 2 * (3 + 1 + 2));
});

test('an image counts as a constant, whatever the size of its data', async () => {
  const counter = await createTokenCounter({ tokenizer: null });
  const image = { imageUrl: `data:image/png;base64,${'A'.repeat(100_000)}` };
  const parts = [{ text: 'abcd' }, image, image];
  expect(counter.message({ ...user('abcd'), parts })).toBe(AROUND + 1 + 2 * 765);
});

test('tools count with their schemas, and nothing when there are none', async () => {
  const tool = { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } };
  for (const tokenizer of ['o200k_base', null] as const) {
    const counter = await createTokenCounter({ tokenizer });
    expect(counter.tools([])).toBe(0);
    expect(counter.tools([tool])).toBeGreaterThan(10);
    expect(counter.tools([tool, tool])).toBe(2 * counter.tools([tool]));
  }
});
