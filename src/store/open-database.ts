import { join } from 'node:path';
import type { Logger } from '../log.ts';
import type { Database } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { migrate } from './migrate.ts';
import { initialize, openPglite, overPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';

interface DatabaseConfig {
  databaseUrl: string | undefined;
  dataDir: string;
  /** Connections to PostgreSQL at most. */
  databasePool?: number;
}

/** Opens PostgreSQL, or PGlite in `dataDir` when there is no URL, and brings its tables up to date. */
export async function openDatabase(config: DatabaseConfig, log: Logger): Promise<Database> {
  const { databaseUrl, dataDir, databasePool } = config;
  if (databaseUrl) return openPostgres(databaseUrl, databasePool, log);
  await using opened = new AsyncDisposableStack();
  opened.use(lockDirectory(dataDir));
  const directory = join(dataDir, 'database');
  await initialize(directory);
  const pglite = await openPglite({ dataDir: directory });
  const { db, sql } = opened.use(overPglite(pglite));
  await migrate(pglite, log);
  const owned = opened.move();
  return { db, sql, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
