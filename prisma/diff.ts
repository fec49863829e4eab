import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MIGRATIONS_DIRECTORY } from '../src/store/migrate.ts';
import { missingSql } from './schema-engine.ts';

// `npm run db:diff` prints the SQL that the migrations lack against schema.prisma; `npm run db:diff -- title` writes it.
const title = process.argv[2];
const script = await missingSql();
if (script === undefined) {
  console.error('The migrations agree with schema.prisma.');
} else if (title) {
  const now = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const directory = join(MIGRATIONS_DIRECTORY, `${now}_${title}`);
  await mkdir(directory);
  await writeFile(join(directory, 'migration.sql'), script);
  console.error(`Wrote ${directory}. Read it before you commit it.`);
} else {
  console.log(script);
}
// The engine's lock time-outs, which PGlite keeps as timers, would hold the process for ten seconds.
process.exit();
