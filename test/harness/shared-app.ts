import { inject } from 'vitest';
import type { Tool } from '../../src/agent/tool.ts';
import { startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { Deps } from '../../src/services/deps.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startFakeOpenAi, type FakeOpenAi } from './fake-openai.ts';
import { createLogBook, type LogBook } from './log-book.ts';

/** The worker, the database and the provider that the tests of one process share, one test at a time. */
export interface SharedApp {
  deps: Deps;
  database: TestDatabase;
  model: FakeOpenAi;
  logged: LogBook;
  /** The process's own tools: those of the test that is running. */
  tools: Map<string, Tool>;
}

let shared: Promise<SharedApp> | undefined;

/** Starts on first use. It lives as long as the process; the global teardown drops its database. */
export function useSharedApp(): Promise<SharedApp> {
  return (shared ??= start());
}

async function start(): Promise<SharedApp> {
  const database = await createTestDatabase();
  const model = await startFakeOpenAi();
  const logged = createLogBook();
  const tools = new Map<string, Tool>();
  const config = readConfig({ ...environmentOf(database, model), ROLE: 'all' });
  const { deps } = await startApp(config, logged.log, { open: database.open, tools });
  return { deps, database, model, logged, tools };
}

/** What a user would set to run a server on them. */
export function environmentOf(database: TestDatabase, model: FakeOpenAi): Record<string, string> {
  // PGlite serves one process, which needs no Redis.
  const redisUrl = database.url && inject('redisUrl');
  return {
    PORT: '0',
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'test',
    DEFAULT_MODEL: 'openai/test',
    ...(database.url && { DATABASE_URL: database.url }),
    ...(redisUrl && { REDIS_URL: redisUrl }),
  };
}
