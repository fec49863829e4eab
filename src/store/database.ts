import { join } from 'node:path';
import type { Logger } from '../log.ts';
import { lockDirectory } from './directory-lock.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import { migrate } from './migrate.ts';
import { initialize, openPglite, overPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';

export type Db = PrismaClient;
export type Tx = Prisma.TransactionClient;

/**
 * One statement on the driver itself, past Prisma: the hot path. It commits alone, and must not be called inside a
 * transaction (on PGlite it would wait for its own caller). Rows come back with native types: Date for timestamptz,
 * parsed jsonb, number for int4 and int8, arrays of text and of numbers. An enum array must be selected as text[].
 */
export type Sql = <Row>(query: Prisma.Sql) => Promise<Row[]>;

/** Disposing closes Prisma, then its driver, then gives back the data directory. */
export interface Database extends AsyncDisposable {
  db: Db;
  sql: Sql;
  isEmbedded: boolean;
}

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
  const { db, sql, isEmbedded } = opened.use(overPglite(pglite));
  await migrate(pglite, log);
  const owned = opened.move();
  return { db, sql, isEmbedded, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
