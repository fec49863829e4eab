import { describe, expect, test } from 'vitest';
import { CANCEL } from '../harness/documents.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import type { NodeProcess } from '../harness/node-process.ts';
import { only } from '../harness/only.ts';
import { probeQuiet } from '../harness/probe.ts';
import { firstConversation, history, isEnd, newConversation, readRun, send, typesOf } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { midAnswer, takeAway } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';
import { rounds, timeout } from './rounds.ts';

const KILLED = { code: null, signal: 'SIGKILL' };

/** Where a worker dies in a run of two steps, and how often the model is asked in all: no committed step is asked for again. */
const points: [at: string, asked: number, attempts: number][] = [
  ['after:RunStarted', 2, 2],
  ['after:AssistantTextDelta', 3, 2],
  ['before:MessageAdded', 3, 2],
  ['after:MessageAdded', 2, 2],
  ['after:ToolCallUpdated', 2, 2],
  ['before:RunFinished', 3, 2],
  ['after:RunFinished', 2, 1],
];

async function sendOnceMore(a: NodeProcess, b: NodeProcess, input: Parameters<typeof send>[1]) {
  await expect(send(a.client, input)).rejects.toThrow('fetch failed');
  expect(await a.exited).toEqual(KILLED);
  const again = await send(b.client, input);
  expect((await send(b.client, input)).id).toBe(again.id);
  return again;
}

describe('a node that dies', () => {
  test.concurrent('between the commit of a send and its answer has sent: the retry is told of that run', async () => {
    await using fleet = await createFleet();
    const b = await fleet.start();
    const conversationId = await firstConversation(b.client);
    for (let round = 1; round <= rounds(1); round++) {
      const a = await fleet.start({ ROLE: 'api', FAILPOINT: 'after:RunQueued' });
      const input = { conversationId, text: `Hi ${round}`, idempotencyKey: `key ${round}` };
      const before = await fleet.database.db.run.count();
      const run = await sendOnceMore(a, b, { ...input, wait: true });
      expect(run.status).toBe('COMPLETED');
      expect(await fleet.database.db.run.count()).toBe(before + 1);
      expect(fleet.model.requests).toHaveLength(2 * round - 1);
      await expectNextSend(fleet.model, b.client, conversationId);
    }
    expect(await probeQuiet(fleet.database.db)).toEqual([]);
  });

  test.concurrent.for(['before', 'after'])(
    '%s the commit of a send to a busy conversation makes one queued run of it and its retry',
    async (moment) => {
      await using fleet = await createFleet();
      const [a, b] = await Promise.all([
        fleet.start({ ROLE: 'api', FAILPOINT: `${moment}:RunQueued` }),
        fleet.start({ ROLE: 'all' }),
      ]);
      await using begun = await midAnswer(fleet.model, b);
      const { conversationId, call, watcher } = begun;
      const input = { conversationId, text: 'And then?', onBusy: 'ENQUEUE' as const, idempotencyKey: 'once' };
      const run = await sendOnceMore(a, b, input);
      expect(await fleet.database.db.run.count()).toBe(2);
      fleet.model.answers('Nothing.');
      call.stops();
      await watcher.sees((edge) => isEnd(edge) && edge.runId === run.id);
      await expectNextSend(fleet.model, b.client, conversationId);
      expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
    },
  );

  test.concurrent.for(['before', 'after'])(
    '%s the commit of a cancel leaves a run that one cancel ends',
    async (moment) => {
      await using fleet = await createFleet();
      const [a, b] = await Promise.all([
        fleet.start({ ROLE: 'api', FAILPOINT: `${moment}:RunFinished` }),
        fleet.start({ ROLE: 'all' }),
      ]);
      await using begun = await midAnswer(fleet.model, b);
      const { conversationId, run, call, watcher } = begun;
      await expect(a.client.execute(CANCEL, { runId: run.id })).rejects.toThrow('fetch failed');
      expect(await a.exited).toEqual(KILLED);
      expect((await readRun(b.client, run.id)).status).toBe(moment === 'before' ? 'RUNNING' : 'CANCELLED');
      const again = only((await b.client.execute(CANCEL, { runId: run.id })).cancelRun, 'CancelRunPayload');
      expect(again.run.status).toBe('CANCELLED');
      await call.closed;
      await watcher.sees(isEnd);
      await expectNextSend(fleet.model, b.client, conversationId);
      expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
    },
  );
});

test('what was sent to a run that has started is in the history, though it ends before its lost worker did anything', async () => {
  await using fleet = await createFleet();
  const api = await fleet.start({ ROLE: 'api' });
  const conversationId = await firstConversation(api.client);
  await using watcher = await watch(api.url, conversationId);
  const before = await send(api.client, { conversationId, text: 'Never mind' });
  const { id } = await send(api.client, { conversationId, text: 'And then?', onBusy: 'ENQUEUE' });
  const cancel = (runId: string) => api.client.execute(CANCEL, { runId });
  await cancel(before.id);
  const doomed = await fleet.start({ ROLE: 'worker', FAILPOINT: 'after:RunStarted' });
  expect(await doomed.exited).toEqual(KILLED);
  expect(only((await cancel(id)).cancelRun, 'CancelRunPayload').run.status).toBe('CANCELLED');
  const { messages } = await history(api.client, conversationId);
  expect(messages.nodes.slice(1)).toMatchObject([{ text: 'Never mind' }, { text: 'And then?' }]);
  await watcher.sees((edge) => isEnd(edge) && edge.runId === id);
  await fleet.start({ ROLE: 'worker' });
  await expectNextSend(fleet.model, api.client, conversationId);
  expect(await probeQuiet(fleet.database.db, [watcher.transcript])).toEqual([]);
});

test(
  'a worker that dies beside any commit of a run leaves it to another, which asks for no committed step again',
  {
    timeout: timeout(60),
  },
  async () => {
    await using fleet = await createFleet();
    const [api, spare] = await Promise.all([fleet.start({ ROLE: 'api' }), fleet.start({ ROLE: 'worker' })]);
    fleet.model.holdCalls();
    for (let round = 1; round <= rounds(1); round++) for (const point of points) await dieAt(fleet, api, spare, point);
    expect(await probeQuiet(fleet.database.db)).toEqual([]);
  },
);

async function dieAt(
  fleet: Fleet,
  api: NodeProcess,
  spare: NodeProcess,
  [at, asked, attempts]: (typeof points)[number],
) {
  const conversationId = await newConversation(api.client);
  await using watcher = await watch(api.url, conversationId);
  spare.stop();
  const doomed = await fleet.start({ ROLE: 'worker', FAILPOINT: at });
  const run = await send(api.client, { conversationId, text: 'Hi' });
  const answering = answer(fleet, asked);
  expect(await doomed.exited, at).toEqual(KILLED);
  spare.resume();
  if (attempts > 1) await takeAway(fleet.database, run.id);
  await answering;
  await watcher.sees(isEnd);
  expect(await readRun(api.client, run.id), at).toMatchObject({ status: 'COMPLETED', stepCount: 2, attempt: attempts });
  const { messages } = await history(api.client, conversationId);
  expect(messages.nodes.map(({ __typename }) => __typename).slice(1), at).toEqual([
    'UserMessage',
    'AssistantMessage',
    'ToolCallMessage',
    'ToolReturnMessage',
    'AssistantMessage',
  ]);
  expect(typesOf(watcher.transcript.edges).filter((type) => type === 'RunFinished')).toHaveLength(1);
  await expectNextSend(fleet.model, api.client, conversationId);
  expect(await probeQuiet(fleet.database.db, [watcher.transcript]), at).toEqual([]);
}

/** Answers as a model does that is asked `count` times: a call of a tool first, and text when it has returned. */
async function answer({ model }: Fleet, count: number) {
  for (let index = 0; index < count; index++) {
    const call = await model.nextCall();
    if (call.request.body.messages.some(({ role }) => role === 'tool')) call.says('All ', 'done.');
    else {
      call.says('Let me ', 'see. ');
      call.callsTool('unknown', {});
    }
    call.stops();
  }
}
