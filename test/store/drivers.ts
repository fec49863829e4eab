import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { Prisma } from '../../src/store/generated/client.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openPglite, overPglite } from '../../src/store/pglite.ts';
import { log, scratchDatabase } from './scratch.ts';

export const SLOW = 120_000;

const template = dumpTemplate();

async function dumpTemplate() {
  await using pglite = await openPglite();
  await migrate(pglite, log);
  return pglite.dumpDataDir('none');
}

export const openEmbedded = async () => overPglite(await openPglite({ loadDataDir: await template }));

export async function openServer(): Promise<Database> {
  await using opened = new AsyncDisposableStack();
  const scratch = opened.use(await scratchDatabase());
  const database = opened.use(await openDatabase({ databaseUrl: scratch.url, dataDir: '' }, log));
  const owned = opened.move();
  return { ...database, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Each way to run a statement must give the same for the same parameter. */
export const ways = ({ db, sql }: Database) => [
  (query: Prisma.Sql) => sql<Record<string, unknown>>(query),
  (query: Prisma.Sql) => db.$queryRaw<Record<string, unknown>[]>(query),
  (query: Prisma.Sql) => db.$transaction((tx) => tx.$queryRaw<Record<string, unknown>[]>(query)),
];
