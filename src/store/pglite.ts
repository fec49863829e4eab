import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import type { Database } from './database.ts';
import { createPrisma } from './prisma.ts';

/** int4[] and text[]. */
const ARRAY_TYPES = [1007, 1009];

/** What the migrations create. */
export const extensions = { pg_trgm };

/** Makes an empty database in `directory`, unless there is one. A start that is interrupted leaves none behind. */
export async function initialize(directory: string): Promise<void> {
  if (existsSync(directory)) return;
  // PGlite would take a half-made directory for a database, and could never open it.
  const draft = `${directory}.new`;
  await rm(draft, { recursive: true, force: true });
  await (await PGlite.create(draft)).close();
  await rename(draft, directory);
}

/** PGlite ready for `overPglite`: in memory without a `dataDir`, from a dumped template with `loadDataDir`. */
export async function openPglite(options: PGliteOptions = {}): Promise<PGlite> {
  const pglite = takingTurns(await PGlite.create({ ...options, extensions }));
  // PGlite reads a null inside an array as the text NULL.
  for (const type of ARRAY_TYPES) pglite.parsers[type] = pg.types.getTypeParser(type);
  // The adapter writes and reads timestamps without their offset, as if the session were in UTC.
  await pglite.exec("SET TimeZone = 'UTC'");
  return pglite;
}

/** Prisma and `sql` on one PGlite, which it owns from now on. */
export function overPglite(pglite: PGlite): Database {
  const db = createPrisma(new PrismaPGlite(pglite));
  return {
    db,
    sql: async <Row>({ text, values }: { text: string; values: unknown[] }) =>
      (await pglite.query<Row>(text, values)).rows,
    async [Symbol.asyncDispose]() {
      await db.$disconnect();
      await pglite.close();
    },
  };
}

/**
 * PGlite answers in microtasks only, so a loop of statements, or a queue of them, would hold up every timer and socket
 * of the process. The next one therefore waits for a turn of the event loop after the last.
 */
function takingTurns(pglite: PGlite): PGlite {
  const query = pglite.query.bind(pglite);
  const exec = pglite.exec.bind(pglite);
  const transaction = pglite.transaction.bind(pglite);
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(work);
    turn = result.then(eventLoopTurn, eventLoopTurn);
    return result;
  }
  pglite.query = (text, values, options) => inTurn(() => query(text, values, options));
  pglite.exec = (text, options) => inTurn(() => exec(text, options));
  pglite.transaction = (work) => inTurn(() => transaction(work));
  return pglite;
}

const eventLoopTurn = () => setImmediate();
