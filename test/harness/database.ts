import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { createLog } from '../../src/log.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
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
  if (!databaseUrl) {
    const template = new Blob([new Uint8Array(await readFile(pgliteFile))]);
    return {
      url: undefined,
      open: async () => overPglite(await openPglite({ loadDataDir: template })),
      async [Symbol.asyncDispose]() {},
    };
  }
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
