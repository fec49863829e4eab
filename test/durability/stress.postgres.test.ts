import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isUnavailable } from '../../src/store/unavailable.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import type { LogLine } from '../harness/node-process.ts';
import { findViolations, probeQuiet } from '../harness/probe.ts';
import { createRandom } from '../harness/random.ts';
import { readStories } from '../harness/story.ts';
import { newConversation } from '../harness/talk.ts';
import { keepBreaking } from './nemesis.ts';
import { expectNextSend } from './next-send.ts';
import { keepCancelling, keepFollowing, keepSending, randomAnswer, type Promises } from './stress-actors.ts';
import { brokenPromises, summary } from './stress-report.ts';

const SECONDS = Number(process.env['STRESS_SECONDS'] ?? 20);
const SEED = Number(process.env['STRESS_SEED'] ?? Date.now() % 1_000_000);
const CONVERSATIONS = 16;
const EXPECTED = [
  'a model call failed; trying again',
  'the model call of a run failed',
  'redis is away: events arrive by polling',
];

describe('under everything at once', () => {
  test(`every promise is kept (STRESS_SEED=${SEED})`, { timeout: (SECONDS + 90) * 1000 }, async () => {
    const random = createRandom(SEED);
    await using fleet = await createFleet();
    const apis = await Promise.all([fleet.start({ ROLE: 'api' }), fleet.start({ ROLE: 'api' })]);
    const workers = await Promise.all([1, 2, 3].map(() => fleet.start({ ROLE: 'worker' })));
    for (let count = 0; count < SECONDS * 300; count++) fleet.model.answers(...randomAnswer(random));
    const conversationIds = await Promise.all(
      Array.from({ length: CONVERSATIONS }, () => newConversation(apis[0].client)),
    );

    const stop = new AbortController();
    const promises: Promises = { sent: [], cancelled: [], transcripts: [], busy: 0, unavailable: 0, errors: [] };
    const world = { random, nodes: apis, conversationIds, promises, signal: stop.signal };
    const acting = Promise.all([
      ...Array.from({ length: 10 }, () => keepSending(world)),
      ...Array.from({ length: 2 }, () => keepCancelling(world)),
      ...Array.from({ length: 8 }, () => keepFollowing(world)),
    ]);
    const breaking = keepBreaking({ fleet, workers, apis, longestFreezeMs: 7000, random, signal: stop.signal });
    await Promise.race([sleep(SECONDS * 1000), acting, breaking]);
    stop.abort();
    const [damage] = await Promise.all([breaking, acting]);
    await quiet(fleet);
    fleet.model.forgetAnswers();
    for (const conversationId of conversationIds) await expectNextSend(fleet.model, apis[0].client, conversationId);

    // Their connections report to the statistics when they end.
    const exits = await Promise.all([...apis, ...workers].map((node) => node.terminate()));
    const lines = fleet.started.flatMap((node) => node.lines);
    const stories = await readStories(fleet.database.db);
    const outages = lines.filter(({ err }) => isUnavailable(err)).length;
    console.log(summary(stories, promises, { seed: SEED, ...damage, outages }));
    expect(findViolations(stories, promises.transcripts)).toEqual([]);
    expect(await probeQuiet(fleet.database.db)).toEqual([]);
    expect(brokenPromises(stories, promises)).toEqual([]);
    expect(await readDeadlocks(fleet)).toBe(0);
    expect(lines.filter(isComplaint)).toEqual([]);
    expect(promises.errors).toEqual([]);
    expect(exits.map(({ code }) => code)).toEqual(exits.map(() => 0));
  });
});

/**
 * The fake provider breaks off now and then, and a node that was frozen finds a Redis command timed out. The database ends
 * a transaction in which a node froze: that answers SERVICE_UNAVAILABLE, or leaves the run to another.
 */
function isComplaint({ level, msg, err }: LogLine): boolean {
  return level >= 40 && !EXPECTED.includes(msg) && !isUnavailable(err);
}

/** Whoever was killed or robbed of its runs has them no more: nothing has to wait for a lease. */
async function quiet(fleet: Fleet) {
  await fleet.expireLeases();
  const open = () =>
    fleet.database.db.run.count({ where: { status: { in: ['QUEUED', 'RUNNING', 'REQUIRES_ACTION'] } } });
  await expect.poll(open, { timeout: 40_000, interval: 200 }).toBe(0);
}

async function readDeadlocks({ database }: Fleet): Promise<number> {
  const [row] = await database.db.$queryRaw<{ deadlocks: number }[]>`
    SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`;
  return row?.deadlocks ?? -1;
}
