import { describe, expect, test } from 'vitest';
import { Prisma } from '../../src/store/generated/client.ts';
import { isUnavailable, sqlState } from '../../src/store/unavailable.ts';
import { serverUrl } from './scratch.ts';
import { SLOW, openEmbedded, openServer, ways } from './drivers.ts';

const DATE = new Date('2026-07-01T12:34:56.789Z');

const TEXTS = ['a', '', 'NULL', 'null', 'b,"c"\\', '{}', 'ü 😀\n'];

const OBJECT = { text: 'it\'s "so"\\n', list: [1, null, { deep: true }] };

const drivers = [
  { driver: 'PGlite', open: openEmbedded },
  ...(serverUrl ? [{ driver: 'PostgreSQL', open: openServer }] : []),
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
