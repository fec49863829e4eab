import { expect, test, vi } from 'vitest';
import { sweepDeltas } from '../../../src/worker/sweep-deltas.ts';
import type { Db } from '../../../src/store/database.ts';
import { startSweeps } from '../../../src/worker/sweeps.ts';
import { seqOf } from '../../harness/check-transcript.ts';
import { CANCEL, CONVERSATION_EVENTS } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, type TestServer } from '../../harness/server.ts';
import {
  eventsUntil,
  firstConversation,
  history,
  readRun,
  runEvents,
  send,
  textOf,
  type Edge,
} from '../../harness/talk.ts';

const HOUR_MS = 3_600_000;

const isFact = ({ node: { __typename: type } }: Edge) => type !== 'AssistantTextDelta' && type !== 'ReasoningDelta';

function sweep({ deps }: TestServer) {
  return sweepDeltas(deps, HOUR_MS, new AbortController().signal);
}

/** As if these runs had ended an hour ago, and a little more. */
function passAnHour({ deps: { db } }: TestServer, ...runIds: string[]) {
  const completedAt = new Date(Date.now() - HOUR_MS - 1000);
  return db.run.updateMany({ where: { id: { in: runIds } }, data: { completedAt } });
}

async function answered(server: TestServer, conversationId: string) {
  server.model.answers({ reasoning: 'Hm, ' }, { reasoning: 'well.' }, 'Once ', { delayMs: 20 }, 'upon ', 'a time.');
  return send(server, { conversationId, text: 'Tell me a story', wait: true });
}

/** Three answers, and all that was told of them. */
async function threeAnswers(server: TestServer) {
  const conversationId = await firstConversation(server);
  const { eventCursor } = await history(server, conversationId);
  const runs: string[] = [];
  for (let count = 0; count < 3; count++) runs.push((await answered(server, conversationId)).id);
  const end = (await history(server, conversationId)).eventCursor;
  const told = await eventsUntil(server, { conversationId, after: eventCursor }, ({ cursor }) => cursor === end);
  expect(textOf(told)).toBe('Once upon a time.'.repeat(3));
  return { conversationId, runs, told, start: eventCursor, end };
}

test('from every cursor there ever was exactly the facts are replayed, in order, of a conversation and of each run', async () => {
  await using server = await startOwnServer();
  const { conversationId, runs, told, start, end } = await threeAnswers(server);
  const before = await history(server, conversationId);
  const facts = told.filter(isFact);
  await passAnHour(server, ...runs);
  await sweep(server);

  const cursors = [start, ...told.map(({ cursor }) => cursor)].slice(0, -1);
  for (const after of cursors) {
    const rest = await eventsUntil(server, { conversationId, after }, ({ cursor }) => cursor === end);
    expect(rest).toEqual(facts.filter((fact) => seqOf(fact) > seqOf({ cursor: after })));
  }
  for (const runId of runs) {
    const ofRun = facts.filter((fact) => fact.runId === runId);
    expect(await runEvents(server, runId)).toEqual(ofRun);
    for (const after of [...cursors, end])
      expect(await runEvents(server, runId, after)).toEqual(
        ofRun.filter((fact) => seqOf(fact) > seqOf({ cursor: after })),
      );
  }
  expect(await history(server, conversationId)).toEqual(before);
  expect(before.messages.nodes.filter((node) => 'text' in node && node.text === 'Once upon a time.')).toHaveLength(3);
});

test('a run keeps its deltas until it has ended, and an hour longer', async () => {
  await using server = await startOwnServer();
  const conversationId = await firstConversation(server);
  const { id: recent } = await answered(server, conversationId);
  const next = server.model.nextCall();
  const open = await send(server, { conversationId, text: 'Go on' });
  const call = await next;
  call.says('More ');
  // Ended long ago, as far as its row tells, and with text of the open run between its first and its last event.
  const queued = await send(server, { conversationId, text: 'And then?', onBusy: 'ENQUEUE' });
  call.says('and ', 'more ');
  await eventsUntil(server, { conversationId }, ({ node }) => 'delta' in node && node.delta.endsWith('more '));
  only((await server.execute(CANCEL, { runId: queued.id })).cancelRun, 'CancelRunPayload');
  const { completedAt } = await readRun(server, recent);
  await server.deps.db.run.updateMany({
    where: { id: recent },
    data: { completedAt: new Date(Date.parse(completedAt ?? '') - HOUR_MS + 60_000) },
  });
  await passAnHour(server, queued.id);
  await sweep(server);

  expect((await server.deps.db.run.findUniqueOrThrow({ where: { id: queued.id } })).sweptAt).not.toBe(null);
  expect(textOf(await runEvents(server, recent))).toBe('Once upon a time.');
  const inProgress = await eventsUntil(
    server,
    { conversationId },
    ({ node }) => 'delta' in node && node.delta.endsWith('more '),
  );
  expect(textOf(inProgress)).toBe('More and more ');
  call.stops();
  expect(textOf(await runEvents(server, open.id))).toBe('More and more ');
  await passAnHour(server, open.id, recent);
  await sweep(server);
  expect(textOf(await runEvents(server, open.id))).toBe('');
  expect(textOf(await runEvents(server, recent))).toBe('');
  expect((await history(server, conversationId)).messages.nodes.at(-1)).toMatchObject({ text: 'More and more ' });
});

test('who follows live while deltas are deleted, and who comes then, miss no fact', async () => {
  await using server = await startOwnServer();
  const { conversationId, runs, told, start } = await threeAnswers(server);
  // It has read everything, and what comes next it gets from memory.
  const live = server.subscribe(CONVERSATION_EVENTS, { conversationId, after: start });
  const seen: Edge[] = [];
  const readTo = async (isLast: (edge: Edge) => boolean) => {
    for (;;) {
      const { value } = await live.next();
      seen.push(value.conversationEvents);
      if (isLast(value.conversationEvents)) return;
    }
  };
  await readTo(({ cursor }) => cursor === told.at(-1)?.cursor);
  const fourth = await answered(server, conversationId);
  await readTo(({ runId, node }) => runId === fourth.id && node.__typename === 'RunFinished');
  await passAnHour(server, ...runs, fourth.id);
  await sweep(server);
  const fifth = await answered(server, conversationId);
  const isLast = ({ runId, node }: Edge) => runId === fifth.id && node.__typename === 'RunFinished';
  await readTo(isLast);
  const facts = seen.filter(isFact);
  expect(textOf(seen)).toBe('Once upon a time.'.repeat(5));
  for (const { cursor: after } of seen.slice(0, -1)) {
    const rest = await eventsUntil(server, { conversationId, after }, isLast);
    expect(rest.filter(isFact)).toEqual(facts.filter((fact) => seqOf(fact) > seqOf({ cursor: after })));
  }
  await live.return(undefined);
});

test('a run with more deltas than a batch, and than several pages of the log, is emptied too', async () => {
  await using server = await startOwnServer();
  const { db } = server.deps;
  const conversationId = await firstConversation(server);
  const { id } = await answered(server, conversationId);
  const facts = (await runEvents(server, id)).filter(isFact);
  await db.$executeRaw`UPDATE "ConversationEvent" SET seq = seq + 2500 WHERE "runId" = ${id} AND type = 'RunFinished'`;
  await db.$executeRaw`
    INSERT INTO "ConversationEvent" ("conversationId", seq, "runId", type, data)
    SELECT ${conversationId}, "lastEventSeq" + n, id, 'AssistantTextDelta', jsonb_build_object('messageId', 'm', 'delta', 'x', 'offset', n)
    FROM "Run", generate_series(0, 2499) AS n WHERE id = ${id}`;
  await db.$executeRaw`UPDATE "Run" SET "lastEventSeq" = "lastEventSeq" + 2500`;
  await db.$executeRaw`UPDATE "ConversationHead" SET "lastEventSeq" = "lastEventSeq" + 2500 WHERE "conversationId" = ${conversationId}`;
  await passAnHour(server, id);
  await sweep(server);
  const rest = await runEvents(server, id);
  expect(rest.map(({ node }) => node)).toEqual(facts.map(({ node }) => node));
});

test('several sweeps share the work, and each node does it by itself', async () => {
  await using server = await startOwnServer();
  const { conversationId, runs } = await threeAnswers(server);
  await passAnHour(server, ...runs.slice(0, 2));
  await Promise.all(Array.from({ length: 5 }, () => sweep(server)));
  const texts = (node: TestServer) => Promise.all(runs.map(async (id) => textOf(await runEvents(node, id))));
  expect(await texts(server)).toEqual(['', '', 'Once upon a time.']);
  // PGlite serves one process.
  if (!server.database.url) return;
  await using strict = await server.startNode({ DELTA_RETENTION_MS: '0' });
  await vi.waitFor(async () => expect(await texts(strict)).toEqual(['', '', '']));
  expect((await history(server, conversationId)).messages.nodes.at(-1)).toMatchObject({ text: 'Once upon a time.' });
});

test('a sweep that fails is logged, once each, and does not keep the others from their work', async () => {
  await using server = await startOwnServer();
  const { runs } = await threeAnswers(server);
  await passAnHour(server, ...runs);
  // The sweeps that go through Prisma find no database; that of the deltas does not.
  const db = new Proxy({} as Db, {
    get() {
      throw new Error('no database');
    },
  });
  const options = { callbacks: { secret: undefined, allowsPrivate: false }, deltaRetentionMs: HOUR_MS };
  await using stack = new AsyncDisposableStack();
  stack.use(startSweeps({ ...server.deps, db }, options));
  await vi.waitFor(async () => expect(textOf(await runEvents(server, runs[2]!))).toBe(''), { timeout: 5000 });
  expect(server.logged.lines.filter(({ msg }) => msg === 'a sweep failed; trying again')).toMatchObject([
    { sweep: 'deleted agents', err: { message: 'no database' } },
    { sweep: 'agents behind', err: { message: 'no database' } },
    { sweep: 'undecided calls', err: { message: 'no database' } },
  ]);
});
