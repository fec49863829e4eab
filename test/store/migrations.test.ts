import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { expect, test } from 'vitest';
import { diagnoseHistory, missingSql } from '../../prisma/schema-engine.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { Prisma } from '../../src/store/generated/client.ts';
import { migrate, MIGRATIONS_DIRECTORY, readMigrations } from '../../src/store/migrate.ts';
import { openPglite } from '../../src/store/pglite.ts';
import { log, scratchDatabase, scratchDirectory, serverUrl } from './scratch.ts';

const SLOW = 120_000;
const HISTORY = 'SELECT * FROM "_prisma_migrations" ORDER BY started_at';

/** A copy of the migrations that the test may change. */
function scratchMigrations() {
  const scratch = scratchDirectory();
  cpSync(MIGRATIONS_DIRECTORY, scratch.path, { recursive: true });
  return Object.assign(scratch, {
    write(name: string, script: string) {
      mkdirSync(join(scratch.path, name), { recursive: true });
      writeFileSync(join(scratch.path, name, 'migration.sql'), script);
    },
  });
}

const history = async (pglite: PGlite) => (await pglite.query<Record<string, unknown>>(HISTORY)).rows;

test('the migrations and schema.prisma agree', { timeout: SLOW }, async () => {
  expect(await missingSql()).toBeUndefined();
});

test('Prisma takes the history for its own', { timeout: SLOW }, async () => {
  await using pglite = await openPglite();
  await migrate(pglite, log);
  expect(await diagnoseHistory(pglite)).toEqual({
    hasMigrationsTable: true,
    history: null,
    failedMigrationNames: [],
    editedMigrationNames: [],
  });
});

test('applies only what is missing', { timeout: SLOW }, async () => {
  await using pglite = await openPglite();
  using migrations = scratchMigrations();
  await migrate(pglite, log, migrations.path);
  const first = await history(pglite);
  await migrate(pglite, log, migrations.path);
  expect(await history(pglite)).toEqual(first);

  migrations.write('29990101000000_more', 'CREATE TABLE more (id int); INSERT INTO more VALUES (1);');
  await migrate(pglite, log, migrations.path);
  expect(await history(pglite)).toEqual([
    ...first,
    expect.objectContaining({ migration_name: '29990101000000_more', applied_steps_count: 1, logs: null }),
  ]);

  // An older version starts again beside it.
  await migrate(pglite, log);
  expect(await history(pglite)).toHaveLength(first.length + 1);
});

test('a migration that fails leaves nothing, and is tried again', { timeout: SLOW }, async () => {
  await using pglite = await openPglite();
  using migrations = scratchMigrations();
  migrations.write('29990101000000_bad', 'CREATE TABLE bad (id int); SELECT 1 / 0;');
  await expect(migrate(pglite, log, migrations.path)).rejects.toThrow(
    'The migration 29990101000000_bad could not be applied: division by zero',
  );
  expect((await history(pglite)).map((row) => row['migration_name'])).not.toContain('29990101000000_bad');
  migrations.write('29990101000000_bad', 'CREATE TABLE bad (id int);');
  await migrate(pglite, log, migrations.path);
});

test(
  'agents on the offline model follow the default after the upgrade, and others keep their model',
  { timeout: SLOW },
  async () => {
    await using pglite = await openPglite();
    using migrations = scratchMigrations();
    const later = readdirSync(migrations.path).filter((name) => /^\d/.test(name) && name >= '20261127190800');
    for (const name of later) rmSync(join(migrations.path, name), { recursive: true });
    await migrate(pglite, log, migrations.path);
    await pglite.exec(`
    INSERT INTO "Organization" (id, name) VALUES ('org', 'Default');
    INSERT INTO "Agent" (id, "organizationId", name, system, model, "contextWindow") VALUES
      ('1', 'org', 'Offline', '', 'offline/parley', 16384),
      ('2', 'org', 'Offline with a window of its own', '', 'offline/parley', 9000),
      ('3', 'org', 'OpenAI', '', 'openai/gpt-5-mini', 400000);`);
    await migrate(pglite, log);
    const { rows } = await pglite.query(
      'SELECT model, "followsDefaultModel", "contextWindow" FROM "Agent" ORDER BY id',
    );
    expect(rows).toEqual([
      { model: 'offline/parley', followsDefaultModel: true, contextWindow: 2_147_483_647 },
      { model: 'offline/parley', followsDefaultModel: true, contextWindow: 9000 },
      { model: 'openai/gpt-5-mini', followsDefaultModel: false, contextWindow: 400_000 },
    ]);
  },
);

test('refuses a history that was edited, or that failed under another tool', { timeout: SLOW }, async () => {
  await using pglite = await openPglite();
  using migrations = scratchMigrations();
  await migrate(pglite, log, migrations.path);
  const { name, script } = (await readMigrations(migrations.path))[0]!;
  migrations.write(name, `${script}\n-- edited`);
  await expect(migrate(pglite, log, migrations.path)).rejects.toThrow(`The migration ${name} was edited`);

  migrations.write(name, script);
  await pglite.exec(
    `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, logs) VALUES ('1', 'x', '29990101000000_half', 'boom')`,
  );
  await expect(migrate(pglite, log, migrations.path)).rejects.toThrow('The migration 29990101000000_half failed');
  await pglite.exec('UPDATE "_prisma_migrations" SET rolled_back_at = now() WHERE finished_at IS NULL');
  await migrate(pglite, log, migrations.path);
});

test.skipIf(!serverUrl)('processes that start at once apply each migration once', { timeout: SLOW }, async () => {
  await using scratch = await scratchDatabase();
  await using databases = new AsyncDisposableStack();
  const opened = await Promise.all(
    Array.from({ length: 4 }, () => openDatabase({ databaseUrl: scratch.url, dataDir: '' }, log)),
  );
  for (const database of opened) databases.use(database);
  const names = await opened[0]?.sql(Prisma.sql`SELECT migration_name AS name FROM "_prisma_migrations" ORDER BY 1`);
  expect(names).toEqual((await readMigrations(MIGRATIONS_DIRECTORY)).map(({ name }) => ({ name })));
});
