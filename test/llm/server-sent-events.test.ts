import { expect, test } from 'vitest';
import { createEventReader } from '../../src/llm/server-sent-events.ts';
import { createTextCleaner, wellFormed } from '../../src/llm/well-formed.ts';

test.for(['\n', '\r\n'])('events come out the same wherever their bytes are cut, with line ends %j', (end) => {
  const lines = [
    ': comment',
    'event: x',
    'data: äö🦊',
    '',
    'data:{"a":',
    'data: 1}',
    '',
    'data',
    '',
    '',
    'data: [DONE]',
    '',
    'data: lost',
  ];
  const bytes = Buffer.from(lines.join(end));
  for (let first = 0; first <= bytes.length; first++) {
    for (const second of [first + 1, first + 7]) {
      const read = createEventReader();
      const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
      expect(pieces.flatMap(read)).toEqual(['äö🦊', '{"a":\n1}', '[DONE]']);
    }
  }
});

test('a line or an event without end is refused before it fills the memory', () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  const line = createEventReader();
  const lines = createEventReader();
  expect(() => {
    for (let count = 0; count < 6; count++) line(megabyte);
  }).toThrow(RangeError);
  expect(() => {
    for (let count = 0; count < 6; count++) lines(Buffer.concat([Buffer.from('data:'), megabyte, Buffer.from('\n')]));
  }).toThrow(RangeError);
});

test('cleaning a text in pieces gives what cleaning it at once gives', () => {
  const text = 'a🦊\0b\ud83e\0\udd8ac\udd8a\ud83ed\0\0\ud83e\ud83e\udd8ae\ud83e';
  expect(wellFormed(text)).toBe('a🦊b🦊c\ufffd\ufffdd\ufffd🦊e\ufffd');
  for (let first = 0; first <= text.length; first++) {
    for (let second = first; second <= text.length; second++) {
      const cleaner = createTextCleaner();
      const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)].map(cleaner.push);
      expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
      expect(pieces.join('') + cleaner.end()).toBe(wellFormed(text));
    }
  }
});
