import pg from 'pg';
import { vi } from 'vitest';

/**
 * Whenever such a statement has been carried out, `work` is done before its answer is given: something happens in the
 * database between this statement and the next. Not for the statements of `work` itself. PostgreSQL only.
 */
export function afterStatements(
  isMeant: (statement: string, database: string | undefined) => boolean,
  work: () => Promise<unknown>,
): Disposable {
  const { query } = pg.Client.prototype;
  let isWorking = false;
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    if (isWorking || !isMeant(JSON.stringify(args), this.database)) return query.apply(this, args as never);
    // The driver takes a callback, or gives a promise.
    const callback = args.at(-1);
    if (typeof callback === 'function')
      args[args.length - 1] = (...answer: unknown[]) =>
        void interrupt().then(() => callback(...answer), callback as (error: unknown) => void);
    const answer = query.apply(this, args as never) as Promise<unknown> | undefined;
    return answer?.then(async (rows) => {
      await interrupt();
      return rows;
    });
  } as typeof query);
  return { [Symbol.dispose]: () => spy.mockRestore() };

  async function interrupt() {
    isWorking = true;
    try {
      await work();
    } finally {
      isWorking = false;
    }
  }
}
