import { parseArgs } from 'node:util';
import { benchCompaction } from './compaction.ts';
import { benchLists } from './lists.ts';
import { benchStream } from './stream.ts';

const benches = new Map<string, (databaseUrl: string, options: { explain: boolean; json: boolean }) => Promise<void>>([
  ['lists', benchLists],
  ['compaction', benchCompaction],
  ['stream', benchStream],
]);

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { explain: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const bench = benches.get(positionals[0] ?? '');
const databaseUrl = process.env['BENCH_DATABASE_URL'] || process.env['TEST_DATABASE_URL'];

if (!bench) fail(`Which bench? npm run bench -- <name>, where <name> is one of: ${[...benches.keys()].join(', ')}`);
else if (!databaseUrl)
  fail(
    'Set BENCH_DATABASE_URL (or TEST_DATABASE_URL) to a PostgreSQL superuser, such as postgres://postgres@127.0.0.1:5432/postgres. ' +
      'The benches make databases of their own beside the one it names.',
  );
else await bench(databaseUrl, values);

function fail(message: string) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
