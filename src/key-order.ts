import { isDeepStrictEqual } from 'node:util';

type Copies<Values> = { [Name in keyof Values as `${Name & string}AsGiven`]: Values[Name] };

/** A row with a column of JSON, and its copy. */
export type WithCopy<Name extends string, Value = unknown> = { [Key in Name]: Value } & {
  [Key in `${Name}AsGiven`]: unknown;
};

/** JSON of clients as it is written: the columns themselves, and their copies, which keep the order of the keys. */
export function withCopies<Values extends object>(values: Values): Values & Copies<Values> {
  const copies = Object.entries(values).map(([name, value]) => [`${name}AsGiven`, value]);
  return { ...values, ...Object.fromEntries(copies) } as Values & Copies<Values>;
}

/**
 * The value of such a column with its keys in the order in which they were given. A server of the version before writes no
 * copy, so one that says something else is older than the column.
 */
export function asGiven<Name extends string, Value>(row: WithCopy<Name, Value>, name: Name): Value {
  const copy = row[`${name}AsGiven`];
  return isDeepStrictEqual(copy, row[name]) ? (copy as Value) : row[name];
}
