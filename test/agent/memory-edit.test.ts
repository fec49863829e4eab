import fc from 'fast-check';
import { expect, test } from 'vitest';
import { insertLines, replacePassage, toLines } from '../../src/agent/memory-edit.ts';

/** Few letters, so that passages occur again, and many breaks. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '$', '&', '😀', '\n', '\n') });

test.each([
  ['', 'x', -1, 'x'],
  ['a', 'x', -1, 'a\nx'],
  ['a\n', 'x', -1, 'a\nx\n'],
  ['a\nb', 'x\n', 0, 'x\na\nb'],
  ['a\nb', 'x\ny', 1, 'a\nx\ny\nb'],
  ['a\nb', 'x', 2, 'a\nb\nx'],
  ['a', '\n', -1, 'a\n\n'],
  ['a\n\n', '', 1, 'a\n\n'],
])('into %j the lines %j after line %i: %j', (value, lines, after, expected) => {
  expect(insertLines(value, lines, after)).toBe(expected);
});

test('what is inserted is lines of its own in the place given, and every other line stays', () => {
  fc.assert(
    fc.property(text, text, fc.nat(), (value, added, number) => {
      const lines = toLines(value);
      const after = number % (lines.length + 1);
      expect(toLines(insertLines(value, added, after))).toEqual(lines.toSpliced(after, 0, ...toLines(added)));
      expect(insertLines(value, added)).toBe(insertLines(value, added, lines.length));
      expect(insertLines(value, '', after)).toBe(value);
    }),
  );
});

test('a line that does not exist is refused with how many there are', () => {
  expect(() => insertLines('a\nb\n', 'x', 3)).toThrow(/no line 3: the block has 2 lines/);
  expect(() => insertLines('', 'x', 1)).toThrow(/has 0 lines/);
  expect(() => insertLines('a', 'x', -2)).toThrow(/no line -2/);
});

test('a passage is replaced if it is there exactly once, and else refused', () => {
  fc.assert(
    fc.property(text, text, text, (value, passage, replacement) => {
      fc.pre(passage !== '');
      const indices = Array.from({ length: value.length }, (_, index) => index);
      const places = indices.filter((index) => value.startsWith(passage, index));
      const replace = () => replacePassage(value, passage, replacement);
      if (places.length === 0) expect(replace).toThrow(/does not hold/);
      else if (places.length > 1) expect(replace).toThrow(/more than once/);
      else expect(replace()).toBe(value.split(passage).join(replacement));
    }),
    { numRuns: 1000 },
  );
});

test('a unique passage is replaced by the very text, and putting it back gives what was before', () => {
  fc.assert(
    fc.property(text, text, text, (before, after, replacement) => {
      const changed = replacePassage(`${before}[it]${after}`, '[it]', replacement);
      expect(changed).toBe(before + replacement + after);
      expect(replacePassage(`${before}[${replacement}]${after}`, `[${replacement}]`, '[it]')).toBe(
        `${before}[it]${after}`,
      );
    }),
  );
});

test('passages that overlap are more than one', () => {
  expect(() => replacePassage('aaa', 'aa', 'b')).toThrow(/more than once/);
});

test('a model that knows another text is shown the one that there is, if that is short', () => {
  expect(() => replacePassage('now', 'then', '')).toThrow(/reads now:\nnow$/);
  expect(() => replacePassage('', 'then', '')).toThrow(/It is empty now\.$/);
  expect(() => replacePassage('x'.repeat(5000), 'then', '')).toThrow(/line breaks\.$/);
});
