import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/open-database.ts';
import { Prisma } from '../../src/store/generated/client.ts';
import { isUnavailable } from '../../src/store/unavailable.ts';
import { log, serverUrl } from './scratch.ts';
import { SLOW, openServer, ways } from './drivers.ts';

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
