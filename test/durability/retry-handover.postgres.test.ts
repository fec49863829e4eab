import { expect, test } from 'vitest';
import { createWorker } from '../../src/worker/worker.ts';
import { probeQuiet } from '../harness/probe.ts';
import { startOwnServer } from '../harness/server.ts';
import { firstConversation, isEnd, readRun, send, typesOf } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { expectNextSend } from './next-send.ts';

test('a worker that stops between two tries hands the run over at once, and that is no crash', async () => {
  await using api = await startOwnServer({ ROLE: 'api' });
  const conversationId = await firstConversation(api);
  await using watcher = await watch(api.url, conversationId);
  const first = createWorker(api.deps, { concurrency: 10, leaseMs: 15_000, graceMs: 100 });
  api.model.answers('half', { eof: true });
  api.model.answers({ status: 503, headers: { 'retry-after': '60' } });
  const { id } = await send(api, { conversationId, text: 'Hi' });
  await watcher.sees(({ node }) => node.__typename === 'StepRestarted' && node.messageIds.length === 0);
  await first[Symbol.asyncDispose]();
  expect(await readRun(api, id)).toMatchObject({ status: 'QUEUED', attempt: 1 });
  expect(api.model.requests).toHaveLength(2);

  await using workers = new AsyncDisposableStack();
  workers.use(createWorker(api.deps, { concurrency: 10, leaseMs: 15_000, graceMs: 100 }));
  await watcher.sees(isEnd);
  const types = typesOf(watcher.transcript.edges).filter((type) => !type.endsWith('Delta'));
  expect(types).toEqual([
    'RunQueued',
    'MessageAdded',
    'RunStarted',
    'StepRestarted',
    'StepRestarted',
    'RunResumed',
    'MessageAdded',
    'RunFinished',
  ]);
  expect(await readRun(api, id)).toMatchObject({ status: 'COMPLETED', attempt: 1, stepCount: 1 });
  expect((await api.deps.db.run.findUniqueOrThrow({ where: { id } })).crashes).toBe(0);
  await expectNextSend(api.model, api, conversationId);
  expect(await probeQuiet(api.deps.db, [watcher.transcript])).toEqual([]);
});
