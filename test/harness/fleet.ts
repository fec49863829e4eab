import { inject } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startFakeOpenAi, type FakeOpenAi } from './fake-openai.ts';
import { startNodeProcess, type NodeProcess } from './node-process.ts';

/** Real processes on one database of the test's own, one provider under its hand, and Redis. PostgreSQL only. */
export interface Fleet extends AsyncDisposable {
  model: FakeOpenAi;
  /** The test's own connection, to look at rows and to move time. */
  database: Database;
  databaseUrl: string;
  /** `entry`: another program than the server's own. */
  start(environment?: Record<string, string>, entry?: string): Promise<NodeProcess>;
  /** All that were ever started. */
  started: NodeProcess[];
  /** As if the lease time had passed: whoever holds runs has lost them. Returns how many; what is locked right now is passed over. */
  expireLeases(runId?: string): Promise<number>;
}

/** `createDatabase`: one on a server that the test can break. */
export async function createFleet(createDatabase: () => Promise<TestDatabase> = createTestDatabase): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const testDatabase = stack.use(await createDatabase());
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
    async start(environment = {}, entry) {
      const node = await startNodeProcess(
        {
          DATABASE_URL: databaseUrl,
          OPENAI_BASE_URL: model.baseUrl,
          OPENAI_API_KEY: 'test',
          DEFAULT_MODEL: 'openai/test',
          ...(redisUrl && { REDIS_URL: redisUrl }),
          ...environment,
        },
        entry,
      );
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
