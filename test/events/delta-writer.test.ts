import { expect, test, vi } from 'vitest';
import { FencedError, type Fence } from '../../src/events/change.ts';
import { isDelta } from '../../src/events/vocabulary.ts';
import { createLocalWakeups } from '../../src/events/wakeups.ts';
import type { Sql } from '../../src/store/database.ts';
import { startTestLog, type TestLog } from '../harness/event-log.ts';

const wakeups = createLocalWakeups;

const away = (): Sql => () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));

/** What is stored of each message, in the order of the log; fails when a piece is missing, doubled or out of place. */
async function stored({ follower, db }: TestLog, { conversationId }: Fence): Promise<Record<string, string>> {
  const { lastEventSeq } = await db.conversationHead.findUniqueOrThrow({ where: { conversationId } });
  const texts: Record<string, string> = {};
  for await (const event of follower.follow(conversationId, 0, new AbortController().signal)) {
    if (isDelta(event)) {
      const { messageId, delta, offset } = event.data;
      expect(offset).toBe(texts[messageId]?.length ?? 0);
      texts[messageId] = (texts[messageId] ?? '') + delta;
    }
    if (event.seq === lastEventSeq) break;
  }
  return texts;
}

test('stores what is pushed, in order, and marks where the unfinished text begins', async () => {
  await using log = await startTestLog({ wakeups });
  const fence = await log.hold();
  using sink = log.deltas.open(fence);
  for (let index = 0; index < 200; index++) {
    await sink.push('ReasoningDelta', 'r', `${index},`);
    if (index % 20 === 0) await sink.drain();
  }
  await sink.push('AssistantTextDelta', 't', 'Grüße 👋');
  await sink.drain();
  const texts = await stored(log, fence);
  expect(texts).toEqual({ r: Array.from({ length: 200 }, (_, index) => `${index},`).join(''), t: 'Grüße 👋' });
  expect(await log.db.conversationHead.findFirstOrThrow()).toMatchObject({ openSeq: 2 });
});

test('refuses the text of a claim that is over', async () => {
  await using log = await startTestLog({ wakeups });
  const fence = await log.hold();
  using sink = log.deltas.open(fence);
  await sink.push('AssistantTextDelta', 'm', 'mine');
  await sink.drain();
  await log.db.conversationHead.updateMany({ data: { activeClaim: 2 } });
  await sink.push('AssistantTextDelta', 'm', ' too late');
  await expect(sink.drain()).rejects.toThrow(FencedError);
  expect(() => sink.push('AssistantTextDelta', 'm', '!')).toThrow(FencedError);
  expect(await stored(log, fence)).toEqual({ m: 'mine' });
});

test('text that the database cannot take fails its own run only', async () => {
  await using log = await startTestLog({ wakeups });
  const fence = await log.hold();
  const other = await log.holdAnother();
  using bad = log.deltas.open(fence);
  using good = log.deltas.open(other);
  await bad.push('AssistantTextDelta', 'bad', 'nul \0');
  await good.push('AssistantTextDelta', 'good', 'fine');
  await Promise.all([good.drain(), expect(bad.drain()).rejects.toThrow()]);
  expect(await stored(log, other)).toEqual({ good: 'fine' });
});

test('does not wait for a conversation whose head is locked', async () => {
  await using log = await startTestLog({ wakeups });
  if (log.isEmbedded) return; // one connection: nobody else can hold a lock
  const fence = await log.hold();
  const other = await log.holdAnother();
  using locked = log.deltas.open(fence);
  using free = log.deltas.open(other);
  await log.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "ConversationHead" WHERE "conversationId" = ${fence.conversationId} FOR NO KEY UPDATE`;
    await locked.push('AssistantTextDelta', 'locked', 'later');
    await free.push('AssistantTextDelta', 'free', 'now');
    await free.drain();
    expect(await stored(log, other)).toEqual({ free: 'now' });
  });
  await locked.drain();
  expect(await stored(log, fence)).toEqual({ locked: 'later' });
});

test('stores each piece once when the answer to its statement is lost', async () => {
  let statements = 0;
  const losing = (sql: Sql): Sql =>
    async function send<Row>(query: Parameters<Sql>[0]) {
      if (!query.text.includes('"openSeq" = coalesce')) return sql<Row>(query);
      statements += 1;
      // Every second statement is lost on its way there, every third one's answer on the way back.
      if (statements % 2 === 0) throw Object.assign(new Error('lost before'), { code: 'ECONNRESET' });
      const rows = await sql<Row>(query);
      if (statements % 3 === 0) throw Object.assign(new Error('lost after'), { code: 'ECONNRESET' });
      return rows;
    };
  await using log = await startTestLog({ wakeups, throughSql: losing });
  const fence = await log.hold();
  using sink = log.deltas.open(fence);
  const pieces = Array.from({ length: 12 }, (_, index) => `piece ${index} `);
  for (const piece of pieces) {
    await sink.push('AssistantTextDelta', 'm', piece);
    await new Promise(setImmediate);
  }
  await sink.drain();
  await sink.push('AssistantTextDelta', 'm', 'end');
  await sink.drain();
  expect(statements).toBeGreaterThan(3);
  expect(await stored(log, fence)).toEqual({ m: `${pieces.join('')}end` });
});

test('stores each piece once when a statement that was given up is carried out late', async () => {
  const late = Promise.withResolvers<void>();
  let isFirst = true;
  const lagging =
    (log: () => TestLog) =>
    (sql: Sql): Sql =>
      async function send<Row>(query: Parameters<Sql>[0]) {
        if (!isFirst || !query.text.includes('"openSeq" = coalesce')) return sql<Row>(query);
        isFirst = false;
        const begun = Promise.withResolvers<void>();
        const work = log().db.$transaction(async (tx) => {
          await tx.$queryRaw(query);
          begun.resolve();
          await late.promise;
        });
        await Promise.race([begun.promise, work]);
        throw Object.assign(new Error('gave up'), { code: 'ECONNRESET' });
      };
  let started: TestLog | undefined;
  await using log = await startTestLog({ wakeups, throughSql: lagging(() => started ?? expect.fail('not started')) });
  started = log;
  if (log.isEmbedded) return; // one connection: it cannot be lost
  const hold = await log.hold();
  using sink = log.deltas.open(hold);
  await sink.push('AssistantTextDelta', 'm', 'once');
  const drained = sink.drain();
  await vi.waitFor(() => expect(log.logged.lines).toMatchObject([{ msg: 'writing deltas failed; trying again' }]));
  setTimeout(late.resolve, 600);
  await drained;
  expect(await stored(log, hold)).toEqual({ m: 'once' });
});

test('gives up at once when its run is no longer held, though the database is away', async () => {
  await using log = await startTestLog({ wakeups, throughSql: away });
  const left = new AbortController();
  using sink = log.deltas.open({ ...(await log.hold()), signal: left.signal });
  await sink.push('AssistantTextDelta', 'm', 'never');
  const drained = sink.drain();
  left.abort(new Error('stopped'));
  await expect(drained).rejects.toThrow('stopped');
});

test('holds the reader back when a megabyte waits', async () => {
  const held = Promise.withResolvers<void>();
  const slow = (sql: Sql): Sql =>
    async function send<Row>(query: Parameters<Sql>[0]) {
      await held.promise;
      return sql<Row>(query);
    };
  await using log = await startTestLog({ wakeups, throughSql: slow });
  using sink = log.deltas.open(await log.hold());
  expect(sink.push('AssistantTextDelta', 'm', 'x'.repeat(500_000))).toBeUndefined();
  const room = sink.push('AssistantTextDelta', 'm', 'y');
  expect(room).toBeInstanceOf(Promise);
  const onRoom = vi.fn();
  void room?.then(onRoom);
  await new Promise(setImmediate);
  expect(onRoom).not.toHaveBeenCalled();
  held.resolve();
  await room;
  await sink.drain();
});
