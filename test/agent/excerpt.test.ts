import fc from 'fast-check';
import { expect, test } from 'vitest';
import { excerpt } from '../../src/agent/excerpt.ts';

const filler = (length: number) => 'x '.repeat(length / 2);

test('a text that is short enough is whole', () => {
  expect(excerpt('abc 😀', 'abc', 5)).toBe('abc 😀');
});

test('a long one is cut around what was looked for, or the longest of its words that occurs', () => {
  const text = `${filler(3000)}I saw a Blue Whale.${filler(3000)}`;
  for (const query of ['blue whale', 'whale unheard', 'WHALE'])
    expect(excerpt(text, query, 500)).toMatch(/^… [x ]{80,}I saw a Blue Whale\.[x ]+ …$/);
  expect(excerpt(text, 'a Blue', 500)).toContain('Blue Whale');
});

test('a long one is cut after its beginning, or before its end, where that has it', () => {
  expect(excerpt(`whale ${filler(1000)}`, 'whale', 100)).toMatch(/^whale x.* …$/);
  expect(excerpt(`${filler(1000)}whale`, 'whale', 100)).toMatch(/^… [x ]+whale$/);
  expect(excerpt(filler(1000), 'whale', 100)).toMatch(/^x.* …$/);
  expect(excerpt(filler(1000), '', 100)).toMatch(/^x.* …$/);
});

test('an excerpt is never longer than it may be, and well-formed', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'İ', '😀', ' ', '$', '\\'), maxLength: 600 });
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 300 }), (long, query, limit) => {
      const cut = excerpt(long, query, limit);
      expect([...cut.replace(/^… /, '').replace(/ …$/, '')].length).toBeLessThanOrEqual(limit);
      expect(cut.isWellFormed()).toBe(true);
      expect(long).toContain(cut.replace(/^… /, '').replace(/ …$/, ''));
    }),
  );
});
