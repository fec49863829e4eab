import { inject } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { createTestDatabase } from './database.ts';
import { startFakeOpenAi, type FakeOpenAi } from './fake-openai.ts';
import { startNodeProcess, type NodeProcess } from './node-process.ts';

/** Real processes on one database of the test's own, one provider under its hand, and Redis. PostgreSQL only. */
export interface Fleet extends AsyncDisposable {
  model: FakeOpenAi;
  /** The test's own connection, to look at rows and to move time. */
  database: Database;
  databaseUrl: string;
  start(environment?: Record<string, string>): Promise<NodeProcess>;
  /** All that were ever started. */
  started: NodeProcess[];
  /** As if the lease time had passed: whoever holds runs has lost them. Returns how many; what is locked right now is passed over. */
  expireLeases(runId?: string): Promise<number>;
}

export async function createFleet(): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const testDatabase = stack.use(await createTestDatabase());
  const databaseUrl = testDatabase.url ?? '';
  const model = stack.use(await startFakeOpenAi());
  const database = stack.use(await testDatabase.open());
  const nodes = stack.use(new AsyncDisposableStack());
  const redisUrl = inject('redisUrl');
  const started: NodeProcess[] = [];
  const all = stack.move();
  return {
    model,
    database,
    databaseUrl,
    async start(environment = {}) {
      const node = await startNodeProcess({
        DATABASE_URL: databaseUrl,
        OPENAI_BASE_URL: model.baseUrl,
        OPENAI_API_KEY: 'test',
        DEFAULT_MODEL: 'openai/test',
        ...(redisUrl && { REDIS_URL: redisUrl }),
        ...environment,
      });
      started.push(node);
      return nodes.use(node);
    },
    started,
    expireLeases: (runId) =>
      database.db.$executeRaw`
        UPDATE "Run" SET lease = clock_timestamp() - interval '1 second'
        WHERE id IN (
          SELECT id FROM "Run" WHERE status = 'RUNNING' AND (${runId ?? null}::text IS NULL OR id = ${runId ?? null})
          FOR NO KEY UPDATE SKIP LOCKED)`,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
