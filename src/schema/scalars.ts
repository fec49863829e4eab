import { GraphQLError, valueFromASTUntyped } from 'graphql';
import { z } from 'zod';
import { builder } from './builder.ts';

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

builder.scalarType('DateTime', {
  description:
    'An instant: ISO 8601 in UTC with milliseconds, as 2026-11-20T09:30:00.000Z. As input any offset will do.',
  serialize: (date) => date.toISOString(),
  parseValue(value) {
    const { success, data } = instant.safeParse(value);
    if (!success) throw new GraphQLError('DateTime must be an ISO 8601 date and time with an offset');
    return data;
  },
});

builder.scalarType('JSON', {
  description:
    'Any JSON value. What you give comes back, and reaches a model, as you gave it: its keys in your order, except that keys which are whole numbers from 0 to 4294967294 come first, in ascending order. The key `__proto__` is refused, at any depth. Of a key that is there twice the last value counts, and numbers have the precision of 64-bit floats.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});
