import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { Prisma } from '../../src/store/generated/client.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openPglite, overPglite } from '../../src/store/pglite.ts';
import { isUnavailable, sqlState } from '../../src/store/unavailable.ts';
import { log, scratchDatabase, scratchDirectory, serverUrl } from './scratch.ts';

const SLOW = 120_000;
const DATE = new Date('2026-07-01T12:34:56.789Z');
const TEXTS = ['a', '', 'NULL', 'null', 'b,"c"\\', '{}', 'ü 😀\n'];
const OBJECT = { text: 'it\'s "so"\\n', list: [1, null, { deep: true }] };

const template = dumpTemplate();

async function dumpTemplate() {
  await using pglite = await openPglite();
  await migrate(pglite, log);
  return pglite.dumpDataDir('none');
}

const openEmbedded = async () => overPglite(await openPglite({ loadDataDir: await template }));

async function openServer(): Promise<Database> {
  await using opened = new AsyncDisposableStack();
  const scratch = opened.use(await scratchDatabase());
  const database = opened.use(await openDatabase({ databaseUrl: scratch.url, dataDir: '' }, log));
  const owned = opened.move();
  return { ...database, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const drivers = [
  { driver: 'PGlite', open: openEmbedded },
  ...(serverUrl ? [{ driver: 'PostgreSQL', open: openServer }] : []),
];

/** Each way to run a statement must give the same for the same parameter. */
const ways = ({ db, sql }: Database) => [
  (query: Prisma.Sql) => sql<Record<string, unknown>>(query),
  (query: Prisma.Sql) => db.$queryRaw<Record<string, unknown>[]>(query),
  (query: Prisma.Sql) => db.$transaction((tx) => tx.$queryRaw<Record<string, unknown>[]>(query)),
];

describe.each(drivers)('$driver', { timeout: SLOW }, ({ open }) => {
  test('parameters and results are the same by every way', async () => {
    await using database = await open();
    for (const run of ways(database)) {
      expect(
        await run(Prisma.sql`
        SELECT ${4}::int AS "int", ${2 ** 31}::float8 AS "float", ${true}::boolean AS "boolean",
          ${null}::text AS "none", ${TEXTS[4]}::text AS "text", ${DATE}::timestamptz AS "date",
          ${JSON.stringify(OBJECT)}::jsonb AS "object", ${JSON.stringify([1, 'a'])}::jsonb AS "list",
          ${TEXTS}::text[] AS "texts", ${[]}::text[] AS "noTexts", ${[1, 2]}::int[] AS "ints",
          ${[DATE]}::timestamptz[] AS "dates", ${['x', null]}::text[] AS "gaps", ${[1, null]}::int[] AS "intGaps",
          ${'QUEUED'}::"RunStatus" AS "enum", ${['QUEUED']}::text[]::"RunStatus"[]::text[] AS "enums"`),
      ).toEqual([
        {
          int: 4,
          float: 2 ** 31,
          boolean: true,
          none: null,
          text: TEXTS[4],
          date: DATE,
          object: OBJECT,
          list: [1, 'a'],
          texts: TEXTS,
          noTexts: [],
          ints: [1, 2],
          dates: [DATE],
          gaps: ['x', null],
          intGaps: [1, null],
          enum: 'QUEUED',
          enums: ['QUEUED'],
        },
      ]);
      expect(
        await run(Prisma.sql`SELECT * FROM unnest(${['x', null]}::text[], ${[1, 2]}::int[], ${[DATE, DATE]}::timestamptz[],
          ${[JSON.stringify(OBJECT), null]}::jsonb[]) AS t("text", "int", "date", "object")`),
      ).toEqual([
        { text: 'x', int: 1, date: DATE, object: OBJECT },
        { text: null, int: 2, date: DATE, object: null },
      ]);
      // An instant is the same to the server, whatever its time zone.
      expect(await run(Prisma.sql`SELECT extract(epoch FROM ${DATE}::timestamptz)::float8 * 1000 AS "ms"`)).toEqual([
        { ms: DATE.getTime() },
      ]);
    }
  });

  test('sql counts with numbers', async () => {
    await using database = await open();
    expect(await database.sql(Prisma.sql`SELECT count(*) AS "few", ${2n ** 62n}::int8 AS "many"`)).toEqual([
      { few: 1, many: 2n ** 62n },
    ]);
  });

  test('what Prisma stores, sql reads', async () => {
    await using database = await open();
    await database.db.organization.create({ data: { id: 'organization-1', name: 'one', createdAt: DATE } });
    expect(await database.sql(Prisma.sql`SELECT "createdAt" FROM "Organization"`)).toEqual([{ createdAt: DATE }]);
    await database.sql(Prisma.sql`UPDATE "Organization" SET "createdAt" = ${new Date(0)}::timestamptz`);
    expect(await database.db.organization.findMany()).toMatchObject([{ createdAt: new Date(0) }]);
  });

  test('the SQLSTATE is found by every way', async () => {
    await using database = await open();
    const insert = Prisma.sql`INSERT INTO "Organization" ("id", "name") VALUES (${'organization-1'}, ${'one'}) RETURNING "id"`;
    await database.sql(insert);
    for (const run of [
      ...ways(database),
      () => database.db.$executeRaw(insert),
      () => database.db.organization.create({ data: { id: 'organization-1', name: 'one' } }),
    ]) {
      const error: unknown = await run(insert).then(
        () => 'no error',
        (caught: unknown) => caught,
      );
      expect(sqlState(error)).toBe('23505');
      expect(isUnavailable(error)).toBe(false);
    }
  });

  test('a closed database is unavailable', async () => {
    const database = await open();
    await database[Symbol.asyncDispose]();
    for (const run of ways(database)) {
      const error: unknown = await run(Prisma.sql`SELECT 1`).then(
        () => 'no error',
        (caught: unknown) => caught,
      );
      expect(isUnavailable(error)).toBe(true);
    }
  });
});

describe('PGlite in a directory', { timeout: SLOW }, () => {
  test('keeps what was stored, for one opener at a time', async () => {
    using scratch = scratchDirectory();
    const config = { databaseUrl: undefined, dataDir: scratch.path };
    {
      await using database = await openDatabase(config, log);
      await database.db.organization.create({ data: { id: 'organization-1', name: 'one' } });
      await expect(openDatabase(config, log)).rejects.toThrow('Another Parley process is using');
    }
    await using database = await openDatabase(config, log);
    expect(await database.db.organization.count()).toBe(1);
  });

  test('opens after a first start that was killed half-way', async () => {
    using scratch = scratchDirectory();
    const child = fork(join(import.meta.dirname, 'hold-database.ts'), [scratch.path]);
    const exit = once(child, 'exit');
    const isHalfMade = () => ['database', 'database.new'].some((name) => existsSync(join(scratch.path, name, 'base')));
    await vi.waitUntil(isHalfMade, { interval: 1, timeout: SLOW });
    child.kill('SIGKILL');
    await exit;
    await using database = await openDatabase({ databaseUrl: undefined, dataDir: scratch.path }, log);
    expect(await database.db.organization.count()).toBe(0);
  });

  test('leaves the event loop its turns, in a loop of statements and in a queue of them', async () => {
    await using database = await openEmbedded();
    const statement = () => database.sql(Prisma.sql`SELECT 1`);
    const transaction = () => database.db.$transaction((tx) => tx.$queryRaw`SELECT 1`);
    for (const work of [statement, transaction]) {
      expect(
        await turnsDuring(async () => {
          for (let i = 0; i < 10; i++) await work();
        }),
      ).toBeGreaterThanOrEqual(9);
      expect(await turnsDuring(() => Promise.all(Array.from({ length: 10 }, work)))).toBeGreaterThanOrEqual(9);
    }
  });
});

async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const count = () => {
    turns++;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  await work();
  clearImmediate(next);
  return turns;
}

describe.skipIf(!serverUrl)('PostgreSQL connections', { timeout: SLOW }, () => {
  test('one given back inside a transaction is not used again', async () => {
    await using database = await openServer();
    await database.sql(Prisma.sql`BEGIN`);
    await database.sql(Prisma.sql`INSERT INTO "Organization" ("id", "name") VALUES (${'organization-1'}, ${'one'})`);
    await database.sql(Prisma.sql`ROLLBACK`);
    expect(await database.db.organization.count()).toBe(1);
  });

  test('one that the server ends is unavailable, and replaced', async () => {
    await using database = await openServer();
    for (const run of ways(database)) {
      const error: unknown = await run(Prisma.sql`SELECT pg_terminate_backend(pg_backend_pid())`).then(
        () => 'no error',
        (caught: unknown) => caught,
      );
      expect(isUnavailable(error)).toBe(true);
      expect(await run(Prisma.sql`SELECT 1 AS "one"`)).toEqual([{ one: 1 }]);
    }
  });

  test('a server that is not there is unavailable', async () => {
    const error: unknown = await openDatabase(
      { databaseUrl: 'postgres://postgres@127.0.0.1:1/none', dataDir: '' },
      log,
    ).then(
      () => 'no error',
      (caught: unknown) => caught,
    );
    expect(isUnavailable(error)).toBe(true);
  });
});
