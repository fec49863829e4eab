import { describe, expect, test } from 'vitest';
import type { FakeCall } from '../harness/fake-openai.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import { logOf } from '../harness/node-process.ts';
import { probeQuiet } from '../harness/probe.ts';
import { createRedisServer } from '../harness/redis-server.ts';
import { isEnd, newConversation, readRun, send, textOf } from '../harness/talk.ts';
import type { Watcher } from '../harness/watch.ts';
import { midAnswer } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';

/** The poll of followers, and of workers, with some time for a busy machine. */
const POLL_MS = 1000 + 500;
/** Only a hint is that fast. That three polls in a row happen to be, once in 125 times. */
const HINT_MS = 200;

async function startPair(fleet: Fleet, redisUrl: string) {
  const redis = { REDIS_URL: redisUrl };
  const [api, worker] = await Promise.all([
    fleet.start({ ROLE: 'api', ...redis }),
    fleet.start({ ROLE: 'worker', ...redis }),
  ]);
  return { api, worker };
}

/** Says a word that was not said before, and returns how long it took to reach the subscriber on the other node. */
async function delayOf(word: string, call: FakeCall, watcher: Watcher): Promise<number> {
  const said = performance.now();
  expect(textOf(watcher.transcript.edges)).not.toContain(word);
  call.says(word);
  await watcher.sees(({ node }) => node.__typename === 'AssistantTextDelta' && node.delta === word);
  return performance.now() - said;
}

async function delaysOf(name: string, call: FakeCall, watcher: Watcher): Promise<number[]> {
  const delays: number[] = [];
  for (const index of [1, 2, 3]) delays.push(await delayOf(`${name}${index} `, call, watcher));
  return delays;
}

/** Fails unless, before long, words arrive as fast as hints do. */
async function expectHints(name: string, call: FakeCall, watcher: Watcher) {
  const until = performance.now() + 10_000;
  for (let round = 1; ; round++) {
    const slowest = Math.max(...(await delaysOf(`${name}.${round}.`, call, watcher)));
    if (slowest < HINT_MS) return;
    if (performance.now() > until) expect.fail(`no hints: a word took ${slowest} ms`);
  }
}

describe('Redis', () => {
  test.concurrent('lost in the middle of a stream costs a poll, no event; back again, it carries hints', async () => {
    await using redis = await createRedisServer();
    await redis.start();
    await using fleet = await createFleet();
    const { api, worker } = await startPair(fleet, redis.url);
    await using begun = await midAnswer(fleet.model, api);
    const { conversationId, run, call, watcher } = begun;
    await expectHints('before', call, watcher);
    await redis.kill();
    for (const delay of await delaysOf('without', call, watcher)) expect(delay).toBeLessThan(POLL_MS);
    await redis.start();
    await expectHints('after', call, watcher);
    call.stops();
    await watcher.sees(isEnd);
    expect(await readRun(api.client, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    expect(textOf(watcher.transcript.edges)).toMatch(/^Once upon before.*without1 without2 without3 after/);
    await expectNextSend(fleet.model, api.client, conversationId);
    expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
    expect(logOf(api, 50) + logOf(worker, 50)).toBe('');
  });

  test.concurrent('frozen holds up no mutation, and a run for a poll at most', async () => {
    await using redis = await createRedisServer();
    await redis.start();
    await using fleet = await createFleet();
    const { api } = await startPair(fleet, redis.url);
    await using begun = await midAnswer(fleet.model, api);
    const { conversationId, call, watcher } = begun;
    redis.stop();
    const other = await newConversation(api.client);
    const next = fleet.model.nextCall();
    const asked = performance.now();
    await send(api.client, { conversationId: other, text: 'Hi' });
    expect(performance.now() - asked).toBeLessThan(500);
    (await next).stops();
    expect(performance.now() - asked).toBeLessThan(POLL_MS + 500);
    for (const delay of await delaysOf('frozen', call, watcher)) expect(delay).toBeLessThan(POLL_MS);
    redis.resume();
    await expectHints('after', call, watcher);
    call.stops();
    await watcher.sees(isEnd);
    for (const id of [conversationId, other]) await expectNextSend(fleet.model, api.client, id);
    await expect(probeQuiet(fleet.database.db, [watcher.transcript])).resolves.toEqual([]);
  });

  test.concurrent('may be missing when a server starts, and come later', async () => {
    await using redis = await createRedisServer();
    await using fleet = await createFleet();
    const { api } = await startPair(fleet, redis.url);
    await using begun = await midAnswer(fleet.model, api);
    const { conversationId, call, watcher } = begun;
    await redis.start();
    await expectHints('after', call, watcher);
    call.stops();
    await watcher.sees(isEnd);
    await expectNextSend(fleet.model, api.client, conversationId);
  });
});
