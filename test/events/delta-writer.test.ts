import { expect, test, vi } from 'vitest';
import { FencedError } from '../../src/events/change.ts';
import { createLocalWakeups } from '../../src/events/wakeups.ts';
import type { Sql } from '../../src/store/database.ts';
import { startTestLog } from '../harness/event-log.ts';
import { storedText } from '../harness/stored-text.ts';

const wakeups = createLocalWakeups;

const piece = (toolCallId: string, delta: string, name: string | null = null) =>
  ({ messageId: 'm', messageKind: 'TOOL_CALL', toolCallId, name, delta }) as const;

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

test('stores the calls of one message side by side, each from its name on', async () => {
  await using log = await startTestLog({ wakeups });
  const hold = await log.hold();
  using sink = log.deltas.open(hold);
  await sink.pushCall(piece('call-1', '', 'look'));
  await sink.drain();
  expect(await storedText(log, hold)).toEqual({ 'call-1': '' });
  for (const text of ['{"a"', ':1', '}']) {
    await sink.pushCall(piece('call-1', text));
    await sink.pushCall(piece('call-2', text));
  }
  for (const text of ['{', '"b":', '2}']) await sink.pushCall(piece('call-3', text));
  await sink.drain();
  expect(await storedText(log, hold)).toEqual({ 'call-1': '{"a":1}', 'call-2': '{"a":1}', 'call-3': '{"b":2}' });
  // What waits for the same statement becomes one row, as with text.
  const rows = await log.db.conversationEvent.findMany({ where: { type: 'ToolCallDelta' } });
  expect(rows.filter(({ data }) => (data as { toolCallId: string }).toolCallId === 'call-3')).toHaveLength(1);
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
  await sink.pushCall(piece('call-1', '', 'look'));
  for (const text of pieces) {
    await sink.push('AssistantTextDelta', 'm', text);
    await sink.pushCall(piece('call-1', text));
    await sink.pushCall(piece('call-2', text));
    await new Promise(setImmediate);
  }
  await sink.drain();
  for (const id of ['call-3', 'call-4', 'call-5']) {
    await sink.pushCall(piece(id, '', 'look')); // the whole of a statement that may be lost either way
    await sink.drain();
    await sink.pushCall(piece(id, 'end'));
    await sink.drain();
  }
  expect(statements).toBeGreaterThan(8);
  const text = pieces.join('');
  expect(await storedText(log, fence)).toEqual({
    m: text,
    'call-1': text,
    'call-2': text,
    'call-3': 'end',
    'call-4': 'end',
    'call-5': 'end',
  });
  const rows = await log.db.conversationEvent.findMany({ where: { type: 'ToolCallDelta' } });
  const named = rows.filter(({ data }) => (data as { name: string | null }).name === 'look');
  expect(named).toHaveLength(4);
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
