import { expect } from 'vitest';

/** Narrows a result to one member of its union, or fails showing what it was. */
export function only<Result extends { __typename: string }, Name extends Result['__typename']>(
  result: Result,
  name: Name,
): Extract<Result, { __typename: Name }> {
  if (result.__typename !== name) expect.fail(`expected ${name}, got ${JSON.stringify(result, null, 2)}`);
  return result as Extract<Result, { __typename: Name }>;
}
