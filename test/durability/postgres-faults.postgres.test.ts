import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { FakeOpenAi } from '../harness/fake-openai.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import { logOf, type NodeProcess } from '../harness/node-process.ts';
import { startPostgresServer } from '../harness/postgres-server.ts';
import { probeQuiet } from '../harness/probe.ts';
import { history, isEnd, newConversation, readRun, send, textOf } from '../harness/talk.ts';
import type { Watcher } from '../harness/watch.ts';
import { midAnswer } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';
import { rounds, timeout } from './rounds.ts';
import { orUnavailable, untilAvailable } from './unavailable.ts';

const LEASE_MS = 15_000;
/** Half a second of doubt, two of asking, and what a machine adds on which five such tests run at once; a statement may take 12 s. */
const SILENCE_MS = 6000;
/** Once it is known that the server is silent. */
const AT_ONCE_MS = 2000;

const startPair = (fleet: Fleet) => Promise.all([fleet.start({ ROLE: 'api' }), fleet.start({ ROLE: 'worker' })]);

const readiness = async ({ url }: NodeProcess) => (await fetch(new URL('/ready', url))).status;

const seesWord = (watcher: Watcher, word: string) =>
  watcher.sees(({ node }) => node.__typename === 'AssistantTextDelta' && node.delta.includes(word));

async function keepAnswering(model: FakeOpenAi): Promise<never> {
  for (;;) {
    const call = await model.nextCall();
    call.says('Fine.');
    call.stops();
  }
}

describe('PostgreSQL', () => {
  test.concurrent(
    'crashed and started again: the process stays up and says so, a send is refused and its retry is safe, and the run goes on',
    { timeout: timeout(60) },
    async () => {
      await using server = await startPostgresServer();
      await using fleet = await createFleet(server.database);
      const [api, worker] = await startPair(fleet);
      await using begun = await midAnswer(fleet.model, api);
      const { run, call, watcher, conversationId } = begun;
      const sent: string[] = [];
      const words: string[] = [];
      for (let round = 1; round <= rounds(2); round++) {
        const idle = await newConversation(api.client);
        await server.crash();
        expect(await readiness(api)).toBe(503);
        const input = { conversationId: idle, text: 'Hi', idempotencyKey: `key ${round}` };
        expect(await orUnavailable(send(api.client, input))).toBeUndefined();
        const word = `word${round} `;
        words.push(word);
        call.says(word);
        await server.start();
        fleet.model.answers('Fine.');
        sent.push((await untilAvailable(() => send(api.client, input))).id);
        await vi.waitFor(async () => expect(await readiness(api)).toBe(200), 10_000);
        await seesWord(watcher, word);
        await vi.waitFor(
          async () => expect(await readRun(api.client, sent.at(-1)!)).toMatchObject({ status: 'COMPLETED' }),
          20_000,
        );
        // Two renewals that fail one after the other would cost the worker its run.
        await isRenewed(fleet, run.id);
      }
      call.stops();
      await watcher.sees(isEnd);
      expect(await readRun(api.client, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
      expect(textOf(watcher.transcript.edges)).toBe(['Once upon ', ...words].join(''));
      expect(await fleet.database.db.run.count()).toBe(1 + sent.length);
      await expectNextSend(fleet.model, api.client, conversationId);
      expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
      expect([api, worker].map((node) => logOf(node, 60)).join('')).toBe('');
      expect(await Promise.all([api.terminate(), worker.terminate()])).toEqual([
        { code: 0, signal: null },
        { code: 0, signal: null },
      ]);
    },
  );

  test.concurrent(
    'frozen for longer than a lease: the worker lets go of its run before, and writes nothing of it after',
    { timeout: 90_000 },
    async () => {
      await using server = await startPostgresServer();
      await using fleet = await createFleet(server.database);
      const [api] = await startPair(fleet);
      await using begun = await midAnswer(fleet.model, api);
      const { run, call, watcher, conversationId } = begun;
      const frozen = performance.now();
      server.freeze();
      call.says('nobody ', 'hears ');
      // The first finds out, the second is told at once.
      for (const boundMs of [SILENCE_MS, AT_ONCE_MS]) {
        const asked = performance.now();
        const sent = orUnavailable(send(api.client, { conversationId, text: 'Hi', onBusy: 'ENQUEUE' }));
        const read = orUnavailable(history(api.client, conversationId));
        expect(await Promise.all([sent, read])).toEqual([undefined, undefined]);
        expect(performance.now() - asked).toBeLessThan(boundMs);
      }
      await call.closed;
      // The database's clock goes on.
      expect(performance.now() - frozen).toBeLessThan(LEASE_MS + 2000);
      await vi.waitFor(() => expect(performance.now() - frozen).toBeGreaterThan(LEASE_MS), LEASE_MS);
      server.thaw();
      const again = await fleet.model.nextCall();
      again.says('There ', 'was.');
      again.stops();
      await watcher.sees(isEnd);
      expect(await readRun(api.client, run.id)).toMatchObject({
        status: 'COMPLETED',
        attempt: expect.toSatisfy((attempt) => attempt > 1),
      });
      // What was on its way when it froze may have been written when it thawed: it is taken back then.
      const { messages } = await history(api.client, conversationId);
      expect(messages.nodes.at(-1)).toMatchObject({ text: 'There was.', isPartial: false });
      expect(textOf(watcher.transcript.edges)).toMatch(/^Once upon (nobody hears )?There was\.$/);
      await expectNextSend(fleet.model, api.client, conversationId);
      expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
    },
  );

  test.concurrent(
    'frozen for some seconds, again and again: what was under way is refused or done, once, and the run goes on',
    { timeout: timeout(90) },
    async () => {
      await using server = await startPostgresServer();
      await using fleet = await createFleet(server.database);
      const [api] = await startPair(fleet);
      await using begun = await midAnswer(fleet.model, api);
      const { run, call, watcher, conversationId } = begun;
      void keepAnswering(fleet.model);
      const words = Array.from({ length: rounds(2) }, (_, round) =>
        ['told ', 'unheard ', 'on '].map((it) => it + round),
      );
      const sent: string[] = [];
      for (const [before, during, after] of words) {
        const idle = await newConversation(api.client);
        // Nobody knows how far they get.
        const sending = Array.from({ length: 8 }, (_, index) => {
          const input = {
            conversationId: idle,
            text: 'Hi',
            onBusy: 'ENQUEUE' as const,
            idempotencyKey: `${idle} ${index}`,
          };
          return { input, sent: orUnavailable(send(api.client, input)) };
        });
        call.says(before!);
        await sleep(Math.random() * 30);
        server.freeze();
        call.says(during!);
        await vi.waitFor(async () => expect(await readiness(api)).toBe(503), 10_000);
        await sleep(Math.random() * 1000);
        server.thaw();
        call.says(after!);
        await seesWord(watcher, after!);
        for (const { input } of sending) sent.push((await untilAvailable(() => send(api.client, input))).id);
        for (const one of await Promise.all(sending.map(({ sent }) => sent))) if (one) expect(sent).toContain(one.id);
        // Two renewals that fail one after the other would cost the worker its run.
        await isRenewed(fleet, run.id);
      }
      call.stops();
      await watcher.sees(isEnd);
      expect(await readRun(api.client, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
      expect(textOf(watcher.transcript.edges)).toBe(['Once upon ', ...words.flat()].join(''));
      expect(await fleet.database.db.run.count()).toBe(1 + sent.length);
      const open = () => fleet.database.db.run.count({ where: { status: { in: ['QUEUED', 'RUNNING'] } } });
      await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 40_000, interval: 200 });
      await expectNextSend(fleet.model, api.client, conversationId);
      expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
    },
  );
});

async function isRenewed({ database: { db } }: Fleet, id: string) {
  const read = async () => (await db.run.findUniqueOrThrow({ where: { id } })).lease?.getTime();
  const before = await read();
  await vi.waitFor(async () => expect(await read()).not.toBe(before), { timeout: 15_000, interval: 200 });
}
