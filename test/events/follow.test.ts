import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { describe, expect, inject, test, vi } from 'vitest';
import { changeConversation } from '../../src/events/change.ts';
import { createFollower, type Follower } from '../../src/events/follow.ts';
import { createRedisWakeups } from '../../src/events/redis-wakeups.ts';
import type { ConversationEvent, EventBody } from '../../src/events/event-types.ts';
import { createLocalWakeups, type Hint, type Wakeups } from '../../src/events/wakeups.ts';
import { createLog } from '../../src/log.ts';
import { startTestLog, unreliable, type TestLog } from '../harness/event-log.ts';

const updated: EventBody = { type: 'ConversationUpdated', runId: null, data: {} };
const redisUrl = inject('redisUrl');
const drivers = {
  local: createLocalWakeups,
  ...(redisUrl && { redis: () => createRedisWakeups(redisUrl, createLog('silent')) }),
};

/** Appends that many events in one commit. */
function append(log: TestLog, count = 1, body = updated) {
  return changeConversation(log, log.conversationId, async (change) => {
    for (let index = 0; index < count; index++) change.append(body);
  });
}

/** Reads that many events, and leaves. */
async function take(
  follower: Follower,
  conversationId: string,
  after: number,
  count: number,
): Promise<ConversationEvent[]> {
  const events: ConversationEvent[] = [];
  for await (const event of follower.follow(conversationId, after, new AbortController().signal)) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

const seqs = (events: ConversationEvent[]) => events.map(({ seq }) => seq);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe.each(Object.entries(drivers))('the log over %s wake-ups', (_name, wakeups) => {
  test('replays what is there, then goes on with what comes', async () => {
    await using log = await startTestLog({ wakeups });
    await append(log, 4);
    const reading = take(log.follower, log.conversationId, 0, 8);
    await append(log, 2);
    await append(log);
    expect(seqs(await reading)).toEqual(upTo(8));
  });

  test('gives exactly the rest from any cursor, the same live and replayed', async () => {
    await using log = await startTestLog({ wakeups });
    const live = take(log.follower, log.conversationId, 0, 13);
    for (let round = 0; round < 6; round++) await append(log, 2);
    const transcript = await live;
    expect(seqs(transcript)).toEqual(upTo(13));
    for (let after = 0; after < 13; after++) {
      expect(await take(log.follower, log.conversationId, after, 13 - after)).toEqual(transcript.slice(after));
    }
  });

  test('reads a log of many pages without a gap', async () => {
    await using log = await startTestLog({ wakeups });
    await append(log, 1200);
    expect(seqs(await take(log.follower, log.conversationId, 0, 1201))).toEqual(upTo(1201));
  });

  test('numbers concurrent commits without gaps', async () => {
    await using log = await startTestLog({ wakeups });
    const reading = take(log.follower, log.conversationId, 1, 40);
    await Promise.all(upTo(20).map(() => append(log, 2)));
    expect(seqs(await reading)).toEqual(upTo(41, 2));
  });

  test('keeps nothing of a change that fails', async () => {
    await using log = await startTestLog({ wakeups });
    const failing = changeConversation(log, log.conversationId, async ({ append: add }) => {
      add(updated);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await append(log);
    expect(seqs(await take(log.follower, log.conversationId, 1, 1))).toEqual([2]);
  });

  test('is not held up by a follower that does not read', async () => {
    await using log = await startTestLog({ wakeups });
    const stalled = log.follower.follow(log.conversationId, 0, new AbortController().signal);
    await stalled.next();
    const reading = take(log.follower, log.conversationId, 0, 301);
    await append(log, 300);
    expect(seqs(await reading)).toEqual(upTo(301));
    expect((await stalled.next()).value).toMatchObject({ seq: 2 });
    await stalled.return();
  });

  test('ends while it waits when its reader leaves, and after the conversation was deleted', async () => {
    await using log = await startTestLog({ wakeups });
    const left = new AbortController();
    const waiting = log.follower.follow(log.conversationId, 1, left.signal).next();
    left.abort();
    expect(await waiting).toMatchObject({ done: true });

    await append(log, 1, { type: 'ConversationDeleted', runId: null, data: {} });
    const events = await Array.fromAsync(log.follower.follow(log.conversationId, 1, new AbortController().signal));
    expect(events).toMatchObject([{ type: 'ConversationDeleted' }]);
  });

  test('loses and doubles nothing when hints are lost, doubled and swapped', async () => {
    let late: Hint[] = [];
    let count = 0;
    const alter = (hint: Hint): Hint[] => {
      switch (++count % 4) {
        case 0:
          return []; // lost
        case 1:
          return [hint, hint];
        case 2:
          late = [hint];
          return [];
        default:
          return [hint, ...late];
      }
    };
    await using log = await startTestLog({ wakeups: () => unreliable(wakeups(), alter) });
    const reading = take(log.follower, log.conversationId, 1, 32);
    for (let round = 0; round < 16; round++) await append(log, 2);
    expect(seqs(await reading)).toEqual(upTo(33, 2));
  });

  test('hides nothing behind hints that come when more than they tell of is known', async () => {
    const late: Hint[] = [];
    let isHeldUp = true;
    const alter = (hint: Hint) => (isHeldUp ? (late.push(hint), []) : [hint]);
    await using log = await startTestLog({ wakeups: () => unreliable(wakeups(), alter) });
    const stays = log.follower.follow(log.conversationId, 0, new AbortController().signal);
    expect((await stays.next()).value).toMatchObject({ seq: 1 });
    const waiting = stays.next();
    await append(log, 8);
    // It waits already: only the poll can have told it.
    expect((await waiting).value).toMatchObject({ seq: 2 });
    isHeldUp = false;
    for (const hint of late) log.wakeups.publish({ ...hint, events: hint.events.slice(0, 3) });
    // Whoever begins among those must not take them for all there is.
    expect(seqs(await take(log.follower, log.conversationId, 3, 6))).toEqual(upTo(9, 4));
  });
});

test.runIf(redisUrl)('another node sees an event through Redis, without waiting for its poll', async () => {
  const silent = createLog('silent');
  await using log = await startTestLog({ wakeups: () => createRedisWakeups(redisUrl ?? '', silent) });
  await using otherWakeups = createRedisWakeups(redisUrl ?? '', silent);
  // A database that answers the first read only: what comes after it can have come through Redis alone.
  let reads = 0;
  const sql: typeof log.sql = (query) => (++reads > 1 ? Promise.reject(new Error('away')) : log.sql(query));
  await using other = createFollower({ sql, wakeups: otherWakeups, log: silent });
  await connected(log.wakeups, otherWakeups);
  const events = other.follow(log.conversationId, 0, new AbortController().signal);
  expect((await events.next()).value).toMatchObject({ seq: 1, createdAt: expect.any(Date) });
  const next = events.next();
  await append(log);
  expect((await next).value).toMatchObject({ seq: 2, createdAt: expect.any(Date) });
});

test.runIf(redisUrl)('what is published by others on its channel is passed over', async () => {
  await using log = await startTestLog({ wakeups: () => createRedisWakeups(redisUrl ?? '', createLog('silent')) });
  await using otherWakeups = createRedisWakeups(redisUrl ?? '', createLog('silent'));
  await connected(otherWakeups, log.wakeups);
  const stranger = new Redis(redisUrl ?? '');
  for (const message of [
    'hello',
    '{"from":"x"}',
    'null',
    '{"from":"x","organizationId":"o","conversationId":"c","isRunReady":true,"events":[{}]}',
  ]) {
    await stranger.publish('parley:wakeups', message);
  }
  await stranger.quit();
  await connected(otherWakeups, log.wakeups);
});

async function connected(from: Wakeups, to: Wakeups) {
  const hint = { organizationId: '', conversationId: randomUUID(), events: [], isRunReady: false };
  let isThere = false;
  using _ = to.subscribe(({ conversationId }) => (isThere ||= conversationId === hint.conversationId));
  await vi.waitFor(() => {
    from.publish(hint);
    expect(isThere).toBe(true);
  });
}
