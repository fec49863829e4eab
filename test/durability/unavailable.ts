import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { GraphQLErrors } from '../harness/client.ts';

/** The result, or nothing when the server said that it cannot for now; any other error is thrown. */
export async function orUnavailable<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof GraphQLErrors)) throw error;
    expect(error.errors.map(({ extensions }) => extensions?.['code'])).toEqual(['SERVICE_UNAVAILABLE']);
    return undefined;
  }
}

/** Asks again until the server can. */
export async function untilAvailable<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (;;) {
    const result = await orUnavailable(ask());
    if (result !== undefined) return result;
    await sleep(200);
  }
}
