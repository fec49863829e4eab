import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

/**
 * Makes `directory` and holds it against every other opener, in this process or another, until disposed. The lock is
 * the operating system's, so it ends with the process however that dies: there is no stale one to clear.
 */
export function lockDirectory(directory: string): Disposable {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Node has no flock. SQLite has one, on every platform: an exclusive transaction that is never committed.
  const file = new DatabaseSync(join(directory, 'lock'));
  try {
    file.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    throw isBusy(error) ? inUse(directory, error) : error;
  }
  return { [Symbol.dispose]: () => file.close() };
}

const isBusy = (error: unknown) => error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;

const inUse = (directory: string, cause: unknown) =>
  new Error(
    `Another Parley process is using ${resolve(directory)}. Stop it, give this one a DATA_DIR of its own, or share a PostgreSQL through DATABASE_URL.`,
    { cause },
  );
