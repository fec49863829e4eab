import { expect, test, vi } from 'vitest';
import { FencedError } from '../../src/events/change.ts';
import { createLocalWakeups } from '../../src/events/wakeups.ts';
import type { Sql } from '../../src/store/database.ts';
import { startTestLog } from '../harness/event-log.ts';
import { storedText } from '../harness/stored-text.ts';

const wakeups = createLocalWakeups;

const away = (): Sql => () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));

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
  const texts = await storedText(log, fence);
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
  expect(await storedText(log, fence)).toEqual({ m: 'mine' });
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
  expect(await storedText(log, other)).toEqual({ good: 'fine' });
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
  expect(await storedText(log, fence)).toEqual({ m: `${pieces.join('')}end` });
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
