import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as wasm from '@prisma/schema-engine-wasm';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { extensions } from '../src/store/pglite.ts';
import { MIGRATIONS_DIRECTORY, readMigrations } from '../src/store/migrate.ts';

const SCHEMA = fileURLToPath(new URL('schema.prisma', import.meta.url));
const filters = { externalTables: [], externalEnums: [] };

/** The SQL that would bring the migrations up to `schema.prisma`; undefined when they agree. */
export async function missingSql(): Promise<string | undefined> {
  await using pglite = await PGlite.create({ extensions });
  using engine = await openEngine(pglite);
  const { exitCode, stdout } = await engine.diff({
    from: { tag: 'migrations', ...(await listMigrations()) },
    to: { tag: 'schemaDatamodel', files: [await readSchema()] },
    script: true,
    exitCode: true,
    filters,
  });
  return exitCode === 0 ? undefined : (stdout ?? '');
}

/** What `prisma migrate status` would say about a migrated database. */
export async function diagnoseHistory(pglite: PGlite): Promise<wasm.DiagnoseMigrationHistoryOutput> {
  using engine = await openEngine(pglite);
  return await engine.diagnoseMigrationHistory({
    migrationsList: await listMigrations(),
    optInToShadowDatabase: true,
    filters,
  });
}

/** Prisma's own schema engine, as WebAssembly: `prisma migrate` would download a binary. */
async function openEngine(pglite: PGlite): Promise<wasm.SchemaEngine> {
  const { path, content } = await readSchema();
  const prisma = new PrismaPGlite(pglite);
  prisma.connectToShadowDb = () => new PrismaPGlite(new PGlite({ extensions })).connect();
  const factory = bindMigrationAwareSqlAdapterFactory(prisma);
  return wasm.SchemaEngine.new({ datamodels: [[path, content]] }, () => {}, factory);
}

const readSchema = async () => ({ path: 'schema.prisma', content: await readFile(SCHEMA, 'utf8') });

async function listMigrations(): Promise<wasm.MigrationList> {
  const migrations = await readMigrations(MIGRATIONS_DIRECTORY);
  return {
    baseDir: MIGRATIONS_DIRECTORY,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(MIGRATIONS_DIRECTORY, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, script }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: script } },
    })),
  };
}
