import { connect, initialize, keepDatabase } from './bench-database.ts';
import { listRows } from './list-rows.ts';
import { progress } from './progress.ts';
import { withoutIndexes } from './without-indexes.ts';

const TABLES = ['Organization', 'Agent', 'Conversation', 'ConversationHead', 'Run'];

/** The database with so many conversations and three times as many runs: seeded when there is none yet. */
export function seedLists(server: string, conversations: number): Promise<string> {
  const name = `parley_bench_lists_${conversations}`;
  return keepDatabase(server, { name, version: 1, seed });

  async function seed(url: string) {
    const start = performance.now();
    const seconds = () => `${((performance.now() - start) / 1000).toFixed(0)} s`;
    progress(`${name}: seeding`);
    await initialize(url);
    await using session = await connect(url);
    const { client } = session;
    await client.query(`
      SET session_replication_role = replica; -- no check of foreign keys, row by row
      SET synchronous_commit = off;
      SET jit = off;
      SET work_mem = '256MB';
      SET maintenance_work_mem = '512MB';
      SELECT setseed(0.5)`);
    await withoutIndexes(client, TABLES, async () => {
      for (const { title, statement } of listRows(conversations)) {
        progress(`  ${title}, after ${seconds()}…`);
        await client.query(statement);
      }
    });
    progress(`  vacuum, after ${seconds()}…`);
    for (const table of TABLES) await client.query(`VACUUM (ANALYZE) "${table}"`);
    await client.query('CHECKPOINT');
    progress(`${name}: seeded in ${seconds()}`);
  }
}
