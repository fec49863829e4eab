import type { Db, Tx } from '../../src/store/database.ts';

/** The connection dies after every other COMMIT was carried out, the first one included: each transaction is tried twice. */
export function losingAnswers(db: Db): Db {
  let count = 0;
  async function transaction(work: (tx: Tx) => Promise<unknown>) {
    const result = await db.$transaction(work);
    count += 1;
    if (count % 2 === 0) return result;
    throw new Error('Connection terminated unexpectedly');
  }
  const get = (target: Db, key: string | symbol): unknown =>
    key === '$transaction' ? transaction : Reflect.get(target, key);
  return new Proxy(db, { get });
}
