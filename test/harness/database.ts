import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import type { PGlite } from '@electric-sql/pglite';
import { inject } from 'vitest';
import { createLog } from '../../src/log.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { Prisma } from '../../src/store/generated/client.ts';
import { openPglite, overPglite } from '../../src/store/pglite.ts';
import { onServer } from './global-setup.ts';

/** A migrated database of this test's own, on the backend that the project runs on. */
export interface TestDatabase extends AsyncDisposable {
  /** Missing on PGlite, which serves one process. */
  url: string | undefined;
  open(): Promise<Database>;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const { databaseUrl } = inject('backend');
  const { pgliteFile, postgresName } = inject('templates');
  if (!databaseUrl) return { url: undefined, open: () => openEmbedded(pgliteFile), async [Symbol.asyncDispose]() {} };
  const name = `${postgresName}_${randomUUID().replaceAll('-', '')}`;
  await onServer(databaseUrl, `CREATE DATABASE ${name} TEMPLATE ${postgresName}`);
  const url = new URL(databaseUrl);
  url.pathname = name;
  return {
    url: url.href,
    open: () => openDatabase({ databaseUrl: url.href, dataDir: '' }, createLog('silent')),
    async [Symbol.asyncDispose]() {
      await onServer(databaseUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Emptied databases: to start a PGlite takes 3 s of CPU, to empty one a few milliseconds. */
const emptied: PGlite[] = [];

async function openEmbedded(template: string): Promise<Database> {
  const pglite =
    emptied.pop() ?? (await openPglite({ loadDataDir: new Blob([new Uint8Array(await readFile(template))]) }));
  const { db, sql } = overPglite(pglite);
  return {
    db,
    sql,
    async [Symbol.asyncDispose]() {
      await db.$disconnect();
      // One that a test has broken is not used again.
      await empty(pglite).then(
        () => emptied.push(pglite),
        () => pglite.close(),
      );
    },
  };
}

/** The next embedded database is a new one, so a spy on its driver sees what it is given. */
export async function closeEmptied(): Promise<void> {
  await Promise.all(emptied.splice(0).map((pglite) => pglite.close()));
}

async function empty(pglite: PGlite): Promise<void> {
  const tables = Object.values(Prisma.ModelName).map((name) => `"${name}"`);
  await pglite.exec(`TRUNCATE ${tables.join(', ')}`);
}
