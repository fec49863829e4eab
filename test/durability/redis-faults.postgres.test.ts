import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { CANCEL } from '../harness/documents.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import type { NodeProcess } from '../harness/node-process.ts';
import { only } from '../harness/only.ts';
import { probeQuiet } from '../harness/probe.ts';
import { createRandom } from '../harness/random.ts';
import { createRedisServer, type RedisServer } from '../harness/redis-server.ts';
import { isEnd, newConversation, send } from '../harness/talk.ts';
import { midAnswer } from './mid-answer.ts';
import { rounds, SEED, timeout } from './rounds.ts';
import { meanwhile, startTalks } from './talks.ts';

const options = { timeout: timeout(40) };

/** One that serves only, and one that works, joined by a Redis of their own. */
async function startPair(fleet: Fleet, { url }: RedisServer): Promise<[NodeProcess, NodeProcess]> {
  return Promise.all([fleet.start({ ROLE: 'api', REDIS_URL: url }), fleet.start({ ROLE: 'all', REDIS_URL: url })]);
}

/** Streams answers while something is done to Redis again and again; whoever watched was told every event once. */
async function streamWhile(
  redis: RedisServer,
  everyMs: number,
  work: () => Promise<void>,
): Promise<{ count: number; fleet: Fleet; nodes: NodeProcess[] } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const fleet = stack.use(await createFleet());
  const nodes = await startPair(fleet, redis);
  await using talks = await startTalks({ model: fleet.model, nodes, count: 8, words: rounds(60), delayMs: 40 });
  const count = await meanwhile(talks.finished, everyMs, work);
  await talks.expectNextSends();
  const transcripts = talks.all.map(({ watcher }) => watcher.transcript);
  expect(await probeQuiet(fleet.database.db, transcripts)).toEqual([]);
  const owned = stack.move();
  return { count, fleet, nodes, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const complaints = ({ lines }: NodeProcess) => lines.filter(({ msg }) => msg.startsWith('redis is away'));

async function medianOf(count: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const begun = performance.now();
    await work();
    times.push(performance.now() - begun);
  }
  return times.toSorted((one, other) => one - other)[Math.floor(count / 2)] ?? Infinity;
}

describe('Redis', () => {
  test.concurrent(
    `killed and started again in the middle of streams costs no event (FAULT_SEED=${SEED})`,
    options,
    async () => {
      const random = createRandom(SEED);
      await using redis = await createRedisServer();
      await redis.start();
      await using streamed = await streamWhile(redis, 100, async () => {
        await sleep(random.between(0, 300));
        await redis.kill();
        await sleep(random.between(0, 300));
        await redis.start();
      });
      expect(streamed.count).toBeGreaterThan(2);
    },
  );

  test.concurrent('flushed ten times a second costs no event', options, async () => {
    await using redis = await createRedisServer();
    await redis.start();
    const admin = new Redis(redis.url);
    await using streamed = await streamWhile(redis, 100, async () => void (await admin.flushall()));
    admin.disconnect();
    expect(streamed.count).toBeGreaterThan(10);
  });

  test.concurrent(
    'full, and then refusing everything, costs no event and one line in the log in ten seconds',
    options,
    async () => {
      await using redis = await createRedisServer();
      await redis.start();
      const admin = new Redis(redis.url);
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      await admin.config('SET', 'maxmemory', '1');
      await expect(admin.set('any', 'thing')).rejects.toThrow('OOM');
      const begun = performance.now();
      let refused = 0;
      await using streamed = await streamWhile(redis, 200, async () => {
        // A full Redis may still publish.
        if (++refused === 4) await admin.call('ACL', 'SETUSER', 'default', '-publish', '-subscribe');
      });
      await expect(admin.publish('any', 'thing')).rejects.toThrow('NOPERM');
      admin.disconnect();
      const tens = Math.ceil((performance.now() - begun) / 10_000);
      const told = streamed.nodes.map((node) => complaints(node).length);
      expect(Math.max(...told)).toBeGreaterThan(0);
      expect(Math.max(...told)).toBeLessThanOrEqual(tens);
    },
  );

  test.concurrent('frozen holds up no send and no cancel, which is final', options, async () => {
    await using redis = await createRedisServer();
    await redis.start();
    await using fleet = await createFleet();
    const nodes = await startPair(fleet, redis);
    const [api] = nodes;
    await using begun = await midAnswer(fleet.model, api);
    const { conversationId, call, watcher } = begun;
    const ask = async () => void (await newConversation(api.client));
    const sendOne = async () => {
      fleet.model.answers('Fine.');
      await send(api.client, { conversationId: await newConversation(api.client), text: 'Hi' });
    };
    await medianOf(10, ask); // warm
    const usual = await medianOf(20, sendOne);
    redis.stop();
    const frozen = await medianOf(20, sendOne);
    // 0.6 s is what one round trip that waits for Redis would cost.
    expect(frozen).toBeLessThan(3 * usual + 100);
    const cancelled = only((await api.client.execute(CANCEL, { runId: begun.run.id })).cancelRun, 'CancelRunPayload');
    expect(cancelled.run.status).toBe('CANCELLED');
    // No hint reaches the worker: the next renewal tells it.
    await call.closed;
    await watcher.sees(isEnd);
    fleet.model.answers('Still here.');
    expect(await send(api.client, { conversationId, text: 'And now?', wait: true })).toMatchObject({
      status: 'COMPLETED',
    });
    redis.resume();
    const open = () => fleet.database.db.run.count({ where: { status: { in: ['QUEUED', 'RUNNING'] } } });
    await vi.waitFor(async () => expect(await open()).toBe(0), 10_000);
    expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
  });
});
