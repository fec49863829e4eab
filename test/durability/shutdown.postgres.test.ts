import { describe, expect, test, vi } from 'vitest';
import { createWorker } from '../../src/worker/worker.ts';
import { createFleet } from '../harness/fleet.ts';
import { logOf } from '../harness/node-process.ts';
import { probeQuiet } from '../harness/probe.ts';
import { startOwnServer } from '../harness/server.ts';
import { history, isEnd, readRun, typesOf } from '../harness/talk.ts';
import { midAnswer } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';

describe('a worker that is told to stop', () => {
  test.concurrent('lets an answer that is nearly there end, and exits with 0', async () => {
    await using fleet = await createFleet();
    const [api, worker] = await Promise.all([fleet.start({ ROLE: 'api' }), fleet.start({ ROLE: 'worker' })]);
    await using begun = await midAnswer(fleet.model, api);
    const { conversationId, run, call, watcher } = begun;
    const exit = worker.terminate();
    await vi.waitFor(() => expect(worker.output()).toContain('Stopping'));
    call.says('a time.');
    call.stops();
    expect(await exit).toEqual({ code: 0, signal: null });
    await watcher.sees(isEnd);
    expect(await readRun(api.client, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    expect(fleet.model.requests).toHaveLength(1);
    expect(logOf(worker)).toBe('');
    await fleet.start({ ROLE: 'worker' });
    await expectNextSend(fleet.model, api.client, conversationId);
    expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
  });

  // In this process, as a real one waits 25 seconds for the answer.
  test.concurrent(
    'hands over a run that does not end in time: the next one asks anew, and it is the same attempt',
    async () => {
      await using api = await startOwnServer({ ROLE: 'api' });
      const first = createWorker(api.deps, { concurrency: 10, leaseMs: 15_000, graceMs: 100 });
      await using begun = await midAnswer(api.model, { url: api.url, client: api });
      const { conversationId, run, call, watcher } = begun;
      const stopping = first[Symbol.asyncDispose]();
      await call.closed;
      await stopping;
      expect(await readRun(api, run.id)).toMatchObject({ status: 'QUEUED', attempt: 1 });

      await using workers = new AsyncDisposableStack();
      workers.use(createWorker(api.deps, { concurrency: 10, leaseMs: 15_000, graceMs: 100 }));
      const again = await api.model.nextCall();
      again.says('There was.');
      again.stops();
      await watcher.sees(isEnd);
      const types = typesOf(watcher.transcript.edges).filter((type) => !type.endsWith('Delta'));
      expect(types).toEqual([
        'RunQueued',
        'MessageAdded',
        'RunStarted',
        'StepRestarted',
        'RunResumed',
        'MessageAdded',
        'RunFinished',
      ]);
      expect(await readRun(api, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 1, stepCount: 1 });
      expect((await history(api, conversationId)).messages.nodes.slice(2)).toMatchObject([
        { text: 'There was.', isPartial: false },
      ]);
      await expectNextSend(api.model, api, conversationId);
      expect(await probeQuiet(api.deps.db, [watcher.transcript])).toEqual([]);
    },
  );
});
