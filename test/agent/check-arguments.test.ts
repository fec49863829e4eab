import { expect, test } from 'vitest';
import { builtInTools } from '../../src/agent/built-in-tools.ts';
import { checkArguments, checkSchema } from '../../src/agent/check-arguments.ts';

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });
const nested = (levels: number): object => (levels === 0 ? {} : { items: nested(levels - 1) });

const person = object(
  {
    name: { type: 'string' },
    age: { type: 'integer', minimum: 0 },
    tags: { type: 'array', items: { enum: ['a', 'b'] } },
  },
  { required: ['name'], additionalProperties: false },
);

test.each([
  ['is null', null, '"type": "object"'],
  ['is a text', 'object', '"type": "object"'],
  ['is a list', [], '"type": "object"'],
  ['has no type', { properties: {} }, '"type": "object"'],
  ['is the schema of a text', { type: 'string' }, '"type": "object"'],
  ['names no type that there is', object({ a: { type: 'text' } }), '/properties/a/type'],
  ['has properties that are no object', { type: 'object', properties: [] }, '/properties must be object'],
  ['refers to another document', object({ a: { $ref: 'https://example.com/a.json' } }), 'https://example.com/a.json'],
  ['refers to nothing', object({ a: { $ref: '#/$defs/a' } }), '#/$defs/a'],
  ['has a pattern that is none', object({ a: { type: 'string', pattern: '(' } }), 'regular expression'],
  ['is too long', object({}, { description: 'x'.repeat(50_000) }), '50000 characters'],
  ['is too deep', object({ a: nested(5000) }), 'deeper than'],
  ['is too deep where nobody looks', object({}, { default: nested(70) }), 'deeper than'],
])('a schema that %s is no schema of arguments, and it is said why', (_name, parameters, words) => {
  expect(checkSchema(parameters)).toContain(words);
});

test.each([
  ['no properties', { type: 'object' }],
  [
    'the draft of another time',
    object({ a: { type: 'string' } }, { $schema: 'http://json-schema.org/draft-07/schema#' }),
  ],
  ['a draft that nobody knows', object({}, { $schema: 'https://example.com/draft' })],
  ['an id', object({ a: { type: 'string' } }, { $id: 'https://example.com/tool.json' })],
  ['references within', object({ a: { $ref: '#/$defs/a' } }, { $defs: { a: object({ a: { $ref: '#/$defs/a' } }) } })],
  ['definitions, as they were called', object({ a: { $ref: '#/definitions/a' } }, { definitions: { a: {} } })],
  ['unknown keywords and formats', object({ a: { type: 'string', format: 'nonsense', nonsense: 1 } })],
  ['a pattern of the older syntax', object({ a: { type: 'string', pattern: '^[\\w\\-]+$' } })],
  ...builtInTools.map(({ name, parameters }) => [name, parameters] as [string, unknown]),
])('a schema with %s will do, again and again', (_name, parameters) => {
  const before = JSON.stringify(parameters);
  for (const _ of 'ab') expect(checkSchema(parameters)).toBeUndefined();
  for (const _ of 'ab') expect(checkArguments(parameters, '{"a":1}')).toBeDefined();
  expect(JSON.stringify(parameters)).toBe(before);
});

test('arguments that fit come back as they are, unknown formats and drafts aside', () => {
  const text = '{"name":"Ada","age":36,"tags":["a","b"]}';
  expect(checkArguments(person, text)).toEqual({ arguments: JSON.parse(text) });
  const old = {
    ...object({ at: { type: 'string', format: 'date' } }),
    $schema: 'http://json-schema.org/draft-04/schema#',
  };
  expect(checkArguments(old, '{"at":"never"}')).toEqual({ arguments: { at: 'never' } });
  for (const nothing of [' ', 'null']) expect(checkArguments({ type: 'object' }, nothing)).toEqual({ arguments: {} });
});

test.each([
  ['{"name":', 'not valid JSON'],
  ['null', "must have required property 'name'"],
  ['["Ada"]', 'must be a JSON object'],
  ['', "'name'"],
  ['{}', "must have required property 'name'"],
  ['{"name":1}', '/name must be string'],
  ['{"name":"Ada","age":-1}', '/age must be >= 0'],
  ['{"name":"Ada","tags":["a","c"]}', '/tags/1 must be equal to one of the allowed values: ["a","b"]'],
  ['{"name":"Ada","size":1}', '"size"'],
])('of %s the model is told what is wrong', (text, words) => {
  expect(checkArguments(person, text)).toEqual({ problem: expect.stringContaining(words) });
});

test('of many problems a few are told, in few words', () => {
  const text = JSON.stringify({
    name: 'x',
    ...Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`${n}`.repeat(500), 1])),
  });
  const answer = checkArguments(person, text);
  expect(answer).toEqual({ problem: expect.stringMatching(/and \d+ more/) });
  expect(JSON.stringify(answer).length).toBeLessThan(2000);
});

test('a pattern counts, and one that takes for ever is given up', () => {
  const parameters = object({ code: { type: 'string', pattern: '^(a+)+$' } });
  expect(checkSchema(parameters)).toBeUndefined();
  expect(checkArguments(parameters, '{"code":"aaa"}')).toEqual({ arguments: { code: 'aaa' } });
  expect(checkArguments(parameters, '{"code":"b"}')).toEqual({ problem: expect.stringContaining('/code must match') });
  const endless = JSON.stringify({ code: `${'a'.repeat(60)}b` });
  expect(checkArguments(parameters, endless)).toEqual({ problem: expect.stringContaining('too long') });
  expect(checkArguments(parameters, '{"code":"aaa"}')).toEqual({ arguments: { code: 'aaa' } });
});

test('references that double at each level are given up too', () => {
  const levels = Array.from({ length: 40 }, (_, n) => [
    `d${n}`,
    { allOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] },
  ]);
  const parameters = { type: 'object', $ref: '#/$defs/d0', $defs: { ...Object.fromEntries(levels), d40: {} } };
  expect(checkArguments(parameters, '{}')).toEqual({ problem: expect.stringContaining('too long') });
});

test('a schema without end for arguments that have none is a problem, not a crash', () => {
  const parameters = object({ next: { $ref: '#' } });
  const text = '{"next":'.repeat(20_000) + '{}' + '}'.repeat(20_000);
  expect(checkArguments(parameters, text)).toHaveProperty('problem');
  const endless = { type: 'object', $ref: '#' };
  expect(checkArguments(endless, '{}')).toHaveProperty('problem');
});
