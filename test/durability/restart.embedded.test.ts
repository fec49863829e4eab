import { describe, expect, test } from 'vitest';
import { seqOf } from '../harness/check-transcript.ts';
import { logOf } from '../harness/node-process.ts';
import { probe, probeQuiet } from '../harness/probe.ts';
import { firstConversation, history, isEnd, readRun, runEvents, send } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { cutAtEveryEvent } from './cut.ts';
import { startHome } from './home.ts';
import { midAnswer } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';

describe('an embedded server', () => {
  test.concurrent(
    'killed in the middle of an answer goes on where it was when it is started again',
    { timeout: 60_000 },
    async () => {
      await using home = await startHome();
      await using first = await home.start();
      await using begun = await midAnswer(home.model, first);
      const { conversationId, run, call, watcher: before } = begun;
      await send(first.client, { conversationId, text: 'And then?', onBusy: 'ENQUEUE' });
      await first.kill();
      await call.closed;
      const seen = before.transcript.edges;
      await home.look(async ({ db }) => {
        expect(await probe(db, [before.transcript])).toEqual([]);
        await db.run.updateMany({ where: { status: 'RUNNING' }, data: { lease: new Date(0) } });
      });

      await using second = await home.start();
      await using after = await watch(second.url, conversationId, seen.at(-1)?.cursor);
      for (const text of ['There was.', 'No more.']) {
        const again = await home.model.nextCall();
        again.says(text);
        again.stops();
      }
      await after.sees((edge) => isEnd(edge) && edge.runId !== run.id);
      expect(await readRun(second.client, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 2, stepCount: 1 });
      expect((await history(second.client, conversationId)).messages.nodes.slice(1)).toMatchObject([
        { text: 'Tell me a story' },
        { text: 'There was.', isPartial: false },
        { text: 'And then?' },
        { text: 'No more.', isPartial: false },
      ]);
      const whole = { conversationId, after: before.transcript.after, edges: [...seen, ...after.transcript.edges] };
      const own = whole.edges.filter(({ runId }) => runId === run.id);
      for (const [index, { cursor }] of own.entries())
        expect(await runEvents(second.client, run.id, cursor)).toEqual(own.slice(index + 1));
      await expectNextSend(home.model, second.client, conversationId);
      expect(logOf(second)).toBe('');
      expect(await second.terminate()).toEqual({ code: 0, signal: null });
      expect(await home.look(({ db }) => probeQuiet(db, [whole]))).toEqual([]);
    },
  );

  test.concurrent(
    'cut at every event of a run, and stopped and started in the middle of reading it, tells each event once',
    { timeout: 60_000 },
    async () => {
      await using home = await startHome();
      await using first = await home.start();
      home.model.tokens(12, { delayMs: 10 });
      const conversationId = await firstConversation(first.client);
      const { id } = await send(first.client, { conversationId, text: 'Hi' });
      const [uncut, cut] = await Promise.all([runEvents(first.client, id), cutAtEveryEvent(first.url, id)]);
      expect(cut).toEqual(uncut);
      expect(await first.terminate()).toEqual({ code: 0, signal: null });
      await using second = await home.start();
      const half = Math.floor(uncut.length / 2);
      expect(await cutAtEveryEvent(second.url, id, uncut[half]?.cursor)).toEqual(uncut.slice(half + 1));
      expect(uncut.map(seqOf)).toEqual(uncut.map((_, index) => index + 2));
      await expectNextSend(home.model, second.client, conversationId);
    },
  );

  test.concurrent(
    'has its data directory for itself: a second one on it says so, and ends with 1',
    { timeout: 60_000 },
    async () => {
      await using home = await startHome();
      await using first = await home.start();
      await using second = home.spawn();
      expect(await second.exited).toEqual({ code: 1, signal: null });
      expect(second.output()).toMatch(
        /^Another Parley process is using .*Stop it, give this one a DATA_DIR of its own/m,
      );
      await expectNextSend(home.model, first.client, await firstConversation(first.client));
    },
  );
});
