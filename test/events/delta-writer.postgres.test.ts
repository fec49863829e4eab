import { expect, test, vi } from 'vitest';
import { createLocalWakeups } from '../../src/events/wakeups.ts';
import type { Sql } from '../../src/store/database.ts';
import { startTestLog, type TestLog } from '../harness/event-log.ts';
import { storedText } from '../harness/stored-text.ts';

const wakeups = createLocalWakeups;

test('does not wait for a conversation whose head is locked', async () => {
  await using log = await startTestLog({ wakeups });
  const fence = await log.hold();
  const other = await log.holdAnother();
  using locked = log.deltas.open(fence);
  using free = log.deltas.open(other);
  await log.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "ConversationHead" WHERE "conversationId" = ${fence.conversationId} FOR NO KEY UPDATE`;
    await locked.push('AssistantTextDelta', 'locked', 'later');
    await free.push('AssistantTextDelta', 'free', 'now');
    await free.drain();
    expect(await storedText(log, other)).toEqual({ free: 'now' });
  });
  await locked.drain();
  expect(await storedText(log, fence)).toEqual({ locked: 'later' });
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
  const hold = await log.hold();
  using sink = log.deltas.open(hold);
  await sink.push('AssistantTextDelta', 'm', 'once');
  const drained = sink.drain();
  await vi.waitFor(() => expect(log.logged.lines).toMatchObject([{ msg: 'writing deltas failed; trying again' }]));
  setTimeout(late.resolve, 600);
  await drained;
  expect(await storedText(log, hold)).toEqual({ m: 'once' });
});
