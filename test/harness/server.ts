import { inject } from 'vitest';
import type { Tools } from '../../src/agent/tool.ts';
import { startApp, type App } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { Deps } from '../../src/services/deps.ts';
import { createClient, type TestClient } from './client.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startFakeOpenAi, type FakeOpenAi } from './fake-openai.ts';
import { createLogBook, type LogBook } from './log-book.ts';

/** A whole server in this process, seen from outside: its client, its provider, its log. */
export interface TestServer extends TestClient, AsyncDisposable {
  app: App;
  url: string;
  model: FakeOpenAi;
  database: TestDatabase;
  logged: LogBook;
  /** For state that the API cannot make: moving time, another tenant. */
  deps: Deps;
  /** Another process's worth of server on the same database, provider and Redis. PostgreSQL only. */
  startNode(environment?: Record<string, string>): Promise<TestServer>;
}

/** Starts a server on a database of its own. `environment` is what a user would set; `tools` run in its process. */
export async function startTestServer(
  environment: Record<string, string> = {},
  tools: Tools = new Map(),
): Promise<TestServer> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const model = stack.use(await startFakeOpenAi());
  return startNode(database, model, environment, tools, stack.move());
}

async function startNode(
  database: TestDatabase,
  model: FakeOpenAi,
  environment: Record<string, string>,
  tools: Tools,
  owned: AsyncDisposableStack,
): Promise<TestServer> {
  await using stack = owned;
  // PGlite serves one process, which needs no Redis.
  const redisUrl = database.url && inject('redisUrl');
  const logged = createLogBook();
  const config = readConfig({
    PORT: '0',
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'test',
    DEFAULT_MODEL: 'openai/test',
    ...(database.url && { DATABASE_URL: database.url }),
    ...(redisUrl && { REDIS_URL: redisUrl }),
    ...environment,
  });
  const app = stack.use(await startApp(config, logged.log, { open: database.open, tools }));
  const url = app.server?.url ?? '';
  const client = stack.use(createClient(url));
  const all = stack.move();
  return {
    ...client,
    app,
    url,
    model,
    database,
    logged,
    deps: app.deps,
    startNode: (other = {}) => startNode(database, model, other, tools, new AsyncDisposableStack()),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
