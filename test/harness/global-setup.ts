import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { createLog } from '../../src/log.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { initialize, openPglite } from '../../src/store/pglite.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Empty: PGlite. */
    backend: { databaseUrl?: string };
    redisUrl?: string;
    /** A migrated, empty database of each kind, to be copied by each test. */
    templates: { pgliteFile: string; embedded: string; postgresName: string };
  }
}

/** Migrates one template of each kind of database, so that a test gets its own copy in a fraction of a second. */
export default async function setup({ provide }: TestProject) {
  const log = createLog('silent');
  const directory = await mkdtemp(join(tmpdir(), 'parley-test-'));
  const pgliteFile = join(directory, 'template.tar');
  const postgresName = `parley_test_${process.pid}`;

  const embedded = join(directory, 'database');
  await initialize(embedded);
  const pglite = await openPglite({ dataDir: embedded });
  await migrate(pglite, log);
  await writeFile(pgliteFile, Buffer.from(await (await pglite.dumpDataDir('none')).arrayBuffer()));
  await pglite.close();

  const server = process.env['TEST_DATABASE_URL'];
  if (server) {
    await onServer(server, `CREATE DATABASE ${postgresName}`);
    const url = new URL(server);
    url.pathname = postgresName;
    await (await openDatabase({ databaseUrl: url.href, dataDir: '' }, log))[Symbol.asyncDispose]();
  }
  provide('templates', { pgliteFile, embedded, postgresName });

  return async () => {
    await rm(directory, { recursive: true });
    if (server) await dropAll(server, postgresName);
  };
}

/** The template and its copies: those that the tests of a process share are open until it ends. */
async function dropAll(server: string, template: string) {
  const names = await onServer(server, `SELECT datname FROM pg_database WHERE starts_with(datname, '${template}')`);
  for (const { datname } of names) await onServer(server, `DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
}

export async function onServer(url: string, statement: string): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
