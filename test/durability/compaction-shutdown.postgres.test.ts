import { expect, test } from 'vitest';
import { createWorker } from '../../src/worker/worker.ts';
import { compact } from '../harness/compact.ts';
import { probeQuiet } from '../harness/probe.ts';
import { startOwnServer } from '../harness/server.ts';
import { newConversation, readRun, runEvents, send, typesOf } from '../harness/talk.ts';

test('a compaction whose worker is told to stop is begun again by the next one, and it is the same attempt', async () => {
  await using api = await startOwnServer({ ROLE: 'api' });
  const first = createWorker(api.deps, { concurrency: 10, leaseMs: 15_000, graceMs: 100 });
  const conversationId = await newConversation(api);
  await send(api, { conversationId, text: 'lorem ipsum dolor '.repeat(100), wait: true });
  const summarizing = api.model.nextCall();
  const { run } = await compact(api, { conversationId, settings: { mode: 'ALL' }, wait: false });
  const call = await summarizing;
  const stopping = first[Symbol.asyncDispose]();
  await call.closed;
  await stopping;
  expect(await readRun(api, run.id)).toMatchObject({ status: 'QUEUED', attempt: 1 });

  api.model.answers('They talked.');
  await using workers = new AsyncDisposableStack();
  workers.use(createWorker(api.deps, { concurrency: 10, leaseMs: 15_000, graceMs: 100 }));
  expect(typesOf(await runEvents(api, run.id))).toEqual([
    'RunQueued',
    'RunStarted',
    'CompactionStarted',
    'RunResumed',
    'CompactionStarted',
    'MessageAdded',
    'CompactionFinished',
    'RunFinished',
  ]);
  expect(await readRun(api, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
  expect(await probeQuiet(api.deps.db)).toEqual([]);
});
