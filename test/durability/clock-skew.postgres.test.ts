import { globSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { startCallbackReceiver } from '../harness/callback-receiver.ts';
import { changeDated, makeDated } from '../harness/dates.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import { logOf, type NodeProcess } from '../harness/node-process.ts';
import { probeQuiet } from '../harness/probe.ts';
import { firstConversation, isEnd, readRun, send, typesOf } from '../harness/talk.ts';
import { holderOf, midAnswer } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';
import { rounds, timeout } from './rounds.ts';

/** Only the time of day is wrong, as on a real machine: timers go on. */
const skewed = (offset: string) => ({
  LD_PRELOAD: globSync('/usr/lib/*/faketime/libfaketime.so.1')[0] ?? expect.fail('apt-get install faketime'),
  FAKETIME: offset,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});

/** How many seconds its clock is ahead, from what it logs. */
function skewOf({ lines }: NodeProcess): number {
  return (Date.parse(String(lines.at(-1)?.['time'])) - Date.now()) / 1000;
}

/** Of a run; `left` in seconds, on the database's clock. */
async function leaseOf({ database }: Fleet, runId: string): Promise<{ until: Date | null; left: number }> {
  const [row] = await database.db.$queryRaw<{ until: Date | null; left: number }[]>`
    SELECT lease AS until, extract(epoch FROM lease - clock_timestamp())::float8 AS left FROM "Run" WHERE id = ${runId}`;
  return row ?? expect.fail('the run is gone');
}

/** Where the database has a time that is half an hour away from its own, or more. Its migrations are as old as the tests' run. */
async function readWrongTimes({ database }: Fleet): Promise<string[]> {
  const { db } = database;
  const columns = await db.$queryRaw<{ table: string; column: string }[]>`
    SELECT table_name::text AS table, column_name::text AS column FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' AND data_type LIKE 'timestamp%'`;
  const wrong: string[] = [];
  for (const { table, column } of columns) {
    const isWrong = `abs(extract(epoch FROM clock_timestamp() - "${column}")) > 1800`;
    const rows = await db.$queryRawUnsafe<object[]>(`SELECT 1 FROM "${table}" WHERE ${isWrong}`);
    if (rows.length > 0) wrong.push(`${table}.${column}`);
  }
  return wrong;
}

describe.for(['+1h', '-1h'])('a worker whose clock is wrong by %s', (offset) => {
  test('keeps its runs, and takes none from others', { timeout: timeout(60) }, async () => {
    await using fleet = await createFleet();
    const [api, right, wrong] = await startNodes(fleet, offset);
    for (let round = 1; round <= rounds(1); round++)
      for (const [holder, idle] of [
        [wrong, right],
        [right, wrong],
      ] as const) {
        idle.stop();
        await using begun = await midAnswer(fleet.model, api);
        const { run, call, watcher, conversationId } = begun;
        expect(holderOf(run.id, [holder])).toBe(holder);
        expect(skewOf(holder) / 3600).toBeCloseTo(holder === wrong ? Number.parseInt(offset, 10) : 0, 1);
        idle.resume();
        const lease = await leaseOf(fleet, run.id);
        expect(lease.left).toBeGreaterThan(0);
        await vi.waitFor(async () => expect((await leaseOf(fleet, run.id)).until).not.toEqual(lease.until), 10_000);
        expect((await leaseOf(fleet, run.id)).left).toBeGreaterThan(5);
        expect((await leaseOf(fleet, run.id)).left).toBeLessThanOrEqual(15);
        call.stops();
        await watcher.sees(isEnd);
        expect(await readRun(api.client, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
        expect(typesOf(watcher.transcript.edges)).not.toContain('StepRestarted');
        await expectNextSend(fleet.model, api.client, conversationId);
        expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
      }
    expect(logOf(wrong, 50)).toBe('');
  });

  test('writes no time of its own, and tells none', async () => {
    await using fleet = await createFleet();
    await using receiver = await startCallbackReceiver();
    const [api, right] = await startNodes(fleet, offset);
    right.stop();
    const conversationId = await firstConversation(api.client);
    const remember = { label: 'human', content: 'Called Ada.' };
    fleet.model.answers('Let me see. ', { toolCall: { name: 'unknown', arguments: {} } });
    fleet.model.answers({ toolCall: { name: 'core_memory_append', arguments: remember } });
    const input = { conversationId, text: 'Hi', wait: true, callbackUrl: receiver.url };
    expect(await send(api.client, input)).toMatchObject({ status: 'COMPLETED' });
    await vi.waitFor(() => expect(receiver.posts).toHaveLength(1), { timeout: 10_000, interval: 50 });
    expect(Math.abs(Number(receiver.posts[0]?.headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
    expect(await fleet.database.db.block.count({ where: { version: 2 } })).toBe(1);
    expect(await readWrongTimes(fleet)).toEqual([]);
  });
});

test.for(['+1h', '-1h'])('a server whose clock is wrong by %s writes no time of its own', async (offset) => {
  await using fleet = await createFleet();
  const { client } = await fleet.start({ ROLE: 'api', ...skewed(offset) });
  const dated = await makeDated(client, 'dated');
  await changeDated(client, dated, 'changed');
  await send(client, { conversationId: dated.conversation, text: 'Hi' });
  expect(await readWrongTimes(fleet)).toEqual([]);
});

/** The one that serves comes first: whoever does makes the first agent. */
async function startNodes(fleet: Fleet, offset: string): Promise<[NodeProcess, NodeProcess, NodeProcess]> {
  const api = await fleet.start({ ROLE: 'api' });
  const worker = { ROLE: 'worker', CALLBACK_ALLOW_PRIVATE: 'true' };
  const workers = [fleet.start(worker), fleet.start({ ...worker, ...skewed(offset) })] as const;
  return [api, ...(await Promise.all(workers))];
}
