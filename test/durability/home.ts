import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createLog } from '../../src/log.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { startFakeOpenAi, type FakeOpenAi } from '../harness/fake-openai.ts';
import { spawnNodeProcess, startNodeProcess, type NodeProcess } from '../harness/node-process.ts';

/** A data directory of the test's own, for one process after another. */
export interface Home extends AsyncDisposable {
  model: FakeOpenAi;
  /** `entry`: another program than the server's own. */
  start(environment?: Record<string, string>, entry?: string): Promise<NodeProcess>;
  /** The same without waiting. */
  spawn(): NodeProcess;
  /** What is in it, while no process has it. */
  look<Result>(work: (database: Database) => Promise<Result>): Promise<Result>;
}

export async function startHome(): Promise<Home> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-home-'));
  stack.defer(() => rm(dataDir, { recursive: true }));
  // As a first start would leave it, without its seconds.
  await cp(inject('templates').embedded, join(dataDir, 'database'), { recursive: true });
  const model = stack.use(await startFakeOpenAi());
  const environment = {
    DATA_DIR: dataDir,
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'test',
    DEFAULT_MODEL: 'openai/test',
  };
  const all = stack.move();
  return {
    model,
    start: (others = {}, entry) => startNodeProcess({ ...environment, ...others }, entry),
    spawn: () => spawnNodeProcess(environment),
    async look(work) {
      await using database = await openDatabase({ databaseUrl: undefined, dataDir }, createLog('silent'));
      return await work(database);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
