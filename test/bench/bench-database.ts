import pg from 'pg';
import { readConfig } from '../../src/config.ts';
import { createModels } from '../../src/llm/registry.ts';
import { createLog } from '../../src/log.ts';
import { ensureDefaults } from '../../src/services/agents/ensure-defaults.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { MIGRATIONS_DIRECTORY, readMigrations } from '../../src/store/migrate.ts';
import { progress } from './progress.ts';

export interface Session extends AsyncDisposable {
  client: pg.Client;
}

/** A connection without the timeouts of the server's own. */
export async function connect(url: string): Promise<Session> {
  const client = new pg.Client({ connectionString: url, options: '-c TimeZone=UTC' });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

/** A database of this bench's own, dropped with it. */
export async function freshDatabase(server: string): Promise<AsyncDisposable & { url: string }> {
  const name = `parley_bench_${process.pid}_${Date.now()}`;
  const run = async (statement: string) => {
    await using session = await connect(server);
    await session.client.query(statement);
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return { url: url.href, [Symbol.asyncDispose]: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** Makes the tables, and what the first start of a server makes: the organization that its viewer sees. */
export async function initialize(databaseUrl: string): Promise<void> {
  const config = readConfig({ DATABASE_URL: databaseUrl });
  await using models = await createModels(config);
  await using database = await openDatabase(config, createLog('silent'));
  await ensureDefaults({ db: database.db, models });
}

/**
 * The URL of a database that is seeded once and kept. Its comment says by what and on which tables it was seeded: without
 * that it is what an interrupted seeding left, or an older one made, and is made anew.
 */
export async function keepDatabase(
  server: string,
  { name, version, seed }: { name: string; version: number; seed: (url: string) => Promise<void> },
): Promise<string> {
  const checksums = (await readMigrations(MIGRATIONS_DIRECTORY)).map(({ checksum }) => checksum.slice(0, 8));
  const seededBy = `Seeded by version ${version} on migrations ${checksums.join(', ')}`;
  await using session = await connect(server);
  const url = new URL(server);
  url.pathname = name;
  const { rows } = await session.client.query<{ comment: string | null }>(
    "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
    [name],
  );
  if (rows[0]?.comment === seededBy) {
    progress(`${name}: kept from an earlier bench; drop it to seed it again`);
    return url.href;
  }
  await session.client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await session.client.query(`CREATE DATABASE ${name}`);
  await seed(url.href);
  await session.client.query(`COMMENT ON DATABASE ${name} IS '${seededBy}'`);
  return url.href;
}
