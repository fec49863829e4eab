import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Logger } from '../log.ts';
import type { Database } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { migrate, requireMigrated, type Session } from './migrate.ts';
import { initialize, openPglite, overPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';

interface DatabaseConfig {
  databaseUrl: string | undefined;
  dataDir: string;
  /** Connections to PostgreSQL at most. */
  databasePool?: number;
}

/**
 * Opens PostgreSQL, or PGlite in `dataDir` when there is no URL. `migrate` creates and migrates what is missing;
 * `require` throws when something is missing.
 */
export async function openDatabase(
  { databaseUrl, dataDir, databasePool }: DatabaseConfig,
  log: Logger,
  migrations: 'migrate' | 'require' = 'migrate',
): Promise<Database> {
  const prepare = (session: Session) => (migrations === 'migrate' ? migrate(session, log) : requireMigrated(session));
  if (databaseUrl) return openPostgres(databaseUrl, databasePool, prepare, log);
  const directory = join(dataDir, 'database');
  if (migrations === 'require' && !existsSync(directory))
    throw new Error(`There is no embedded database in ${resolve(dataDir)}. Set DATABASE_URL or DATA_DIR.`);
  await using opened = new AsyncDisposableStack();
  try {
    opened.use(lockDirectory(dataDir));
    await initialize(directory);
  } catch (error) {
    throw isRefusedByFileSystem(error) ? unusable(dataDir, error) : error;
  }
  const pglite = await openPglite({ dataDir: directory });
  const { db, sql } = opened.use(overPglite(pglite));
  await prepare(pglite);
  const owned = opened.move();
  return { db, sql, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Node's errors have a code such as EACCES, and SQLite's, of its lock file, the number of theirs. */
const isRefusedByFileSystem = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && /^(E[A-Z]+|ERR_SQLITE_ERROR)$/.test(String(error.code));

const unusable = (dataDir: string, cause: Error) =>
  new Error(
    `DATA_DIR=${dataDir} cannot be used: ${cause.message}. Set DATA_DIR to a directory that this user may create and write, or DATABASE_URL to a PostgreSQL.`,
    { cause },
  );
