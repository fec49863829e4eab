import { describe, expect, test } from 'vitest';
import type { Transcript } from '../harness/check-transcript.ts';
import { probeQuiet } from '../harness/probe.ts';
import { firstConversation, history, isEnd, readRun, send } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { startHome } from './home.ts';
import { expectNextSend } from './next-send.ts';
import { LEASE_MS, rounds, shortLease, timeout } from './rounds.ts';
import { cursorOf } from './stress-actors.ts';
import { answerAll, expectFinished, leaveUnfinished } from './unfinished.ts';

/** A lease and a poll, with some time for a busy machine to start. */
const STUCK_MS = LEASE_MS + 1000 + 6000;

describe('an embedded server that is killed', () => {
  test.concurrent(
    'with conversations in every state finishes each of them when it is started again on its data',
    { timeout: timeout(60) },
    async () => {
      await using home = await startHome();
      for (let round = 1; round <= rounds(1); round++) {
        await using first = await home.start(shortLease);
        const talks = await leaveUnfinished(home.model, first.client);
        await first.kill();
        const killed = performance.now();
        await using second = await home.start(shortLease);
        await answerAll(home.model);
        expect(performance.now() - killed).toBeLessThan(STUCK_MS);
        await using watchers = new AsyncDisposableStack();
        const transcripts: Transcript[] = [];
        for (const talk of talks) {
          const { conversationId, runs } = talk;
          const watcher = watchers.use(await watch(second.url, conversationId, cursorOf(conversationId, 0)));
          for (const { id } of runs) await watcher.sees((edge) => isEnd(edge) && edge.runId === id);
          transcripts.push(watcher.transcript);
          await expectFinished(second.client, talk);
          await expectNextSend(home.model, second.client, conversationId);
        }
        await second.terminate();
        expect(await home.look(({ db }) => probeQuiet(db, transcripts))).toEqual([]);
      }
    },
  );

  test.concurrent(
    'beside any commit of a run has one run and one answer when the same send is made again',
    { timeout: timeout(90) },
    async () => {
      await using home = await startHome();
      for (let round = 1; round <= rounds(1); round++)
        for (const [at, attempt] of [
          ['after:RunQueued', 1],
          ['after:AssistantTextDelta', 2],
          ['before:RunFinished', 2],
          ['after:RunFinished', 1],
        ] as const) {
          await using doomed = await home.start({ FAILPOINT: at });
          const conversationId = await firstConversation(doomed.client);
          const input = { conversationId, text: `Hi ${round} ${at}`, idempotencyKey: `${round} ${at}` };
          const answered = send(doomed.client, input).catch(() => undefined); // it may die before it can answer
          expect(await doomed.exited).toEqual({ code: null, signal: 'SIGKILL' });
          const first = await answered;
          await home.look(({ db }) =>
            db.run.updateMany({ where: { status: 'RUNNING' }, data: { lease: new Date(0) } }),
          );
          await using second = await home.start();
          const run = await send(second.client, { ...input, wait: true });
          expect(run, at).toMatchObject({ status: 'COMPLETED', ...(first && { id: first.id }) });
          expect(await readRun(second.client, run.id), at).toMatchObject({ attempt, stepCount: 1 });
          const { messages } = await history(second.client, conversationId);
          expect(messages.nodes.slice(-2), at).toMatchObject([{ text: input.text }, { text: 'ok', isPartial: false }]);
          await expectNextSend(home.model, second.client, conversationId);
          await second.terminate();
          expect(await home.look(({ db }) => probeQuiet(db)), at).toEqual([]);
        }
    },
  );
});
