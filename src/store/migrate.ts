import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../log.ts';

/** The key under which Prisma's own `migrate deploy` locks: whoever migrates, with whatever tool, migrates alone. */
const LOCK_KEY = 72_707_369;

/** As `prisma migrate deploy` makes it. */
const HISTORY_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                      VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"                VARCHAR(64) NOT NULL,
    "finished_at"             TIMESTAMPTZ,
    "migration_name"          VARCHAR(255) NOT NULL,
    "logs"                    TEXT,
    "rolled_back_at"          TIMESTAMPTZ,
    "started_at"              TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"     INTEGER NOT NULL DEFAULT 0
)`;

export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** One session of PostgreSQL or PGlite; `exec` takes several statements. */
export interface Session {
  exec(text: string): Promise<unknown>;
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

interface Migration {
  name: string;
  script: string;
  checksum: string;
}

interface HistoryRow {
  name: string;
  checksum: string;
  isFinished: boolean;
}

/**
 * Applies what is missing, each migration wholly or not at all, while other processes that start wait. Refuses a
 * history that was edited or that failed. Migrations it does not know are a newer version's, and are left alone.
 */
export async function migrate(session: Session, log: Logger, directory = MIGRATIONS_DIRECTORY): Promise<void> {
  const migrations = await readMigrations(directory);
  // Held until the session ends, which the caller sees to, whatever happens here.
  await session.query(`SELECT pg_advisory_lock(${LOCK_KEY})`);
  await session.exec(HISTORY_TABLE);
  const history = await readHistory(session);
  const failed = history.find(({ isFinished }) => !isFinished);
  if (failed)
    throw new Error(
      `The migration ${failed.name} failed half-way under another tool. Repair the database, then record that with "prisma migrate resolve".`,
    );
  const missing = migrations.filter((migration) => !isApplied(migration, history));
  for (const migration of missing) {
    await apply(session, migration);
    log.debug({ migration: migration.name }, 'applied a migration');
  }
  if (missing.length > 0) log.info({ migrations: missing.length }, 'migrated the database');
}

/** Throws unless all migrations of this version are applied. Changes nothing. */
export async function requireMigrated(session: Session): Promise<void> {
  const { rows } = await session.query(`SELECT to_regclass('"_prisma_migrations"') AS "history"`);
  const hasHistory = (rows as { history: unknown }[])[0]?.history != null;
  const history = hasHistory ? await readHistory(session) : [];
  const missing = (await readMigrations(MIGRATIONS_DIRECTORY)).filter((migration) => !isApplied(migration, history));
  if (missing.length > 0)
    throw new Error(
      `The database lacks ${missing.length} migrations of this version. Start the server once: it migrates.`,
    );
}

export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.toSorted().map(async (name) => {
      const script = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
    }),
  );
}

async function readHistory(session: Session): Promise<HistoryRow[]> {
  const { rows } = await session.query(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished"
     FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`,
  );
  return rows as HistoryRow[];
}

function isApplied({ name, checksum }: Migration, history: HistoryRow[]): boolean {
  const row = history.find((applied) => applied.name === name);
  if (row && row.checksum !== checksum)
    throw new Error(
      `The migration ${name} was edited after it had been applied to this database. Restore its file and write a new migration.`,
    );
  return row !== undefined;
}

async function apply(session: Session, { name, script, checksum }: Migration): Promise<void> {
  await session.exec('BEGIN');
  try {
    const id = randomUUID();
    await session.query(
      'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, clock_timestamp())',
      [id, checksum, name],
    );
    await session.exec(script);
    await session.query(
      'UPDATE "_prisma_migrations" SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1',
      [id],
    );
    await session.exec('COMMIT');
  } catch (error) {
    // Where the connection is gone, so is the transaction.
    await session.exec('ROLLBACK').catch(() => undefined);
    throw new Error(`The migration ${name} could not be applied: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
