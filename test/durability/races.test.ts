import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CANCEL, SEND } from '../harness/documents.ts';
import { only } from '../harness/only.ts';
import { probeQuiet } from '../harness/probe.ts';
import { createRandom } from '../harness/random.ts';
import { type OwnServer, startOwnServer } from '../harness/server.ts';
import { history, isEnd, newConversation, readRun, send } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { midAnswer } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';
import { rounds, SEED, timeout } from './rounds.ts';

/** Two nodes where the database serves more than one. */
async function startNodes() {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startOwnServer());
  const other = server.database.url ? stack.use(await server.startNode()) : server;
  const owned = stack.move();
  return { server, nodes: [server, other], [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Twenty at once, over all nodes. */
async function sendTwenty(nodes: OwnServer[], conversationId: string, onBusy: 'REJECT' | 'ENQUEUE' | 'INTERRUPT') {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      nodes[index % 2]!.execute(SEND, { input: { conversationId, text: `text ${index}`, onBusy } }),
    ),
  );
  return answers.map(({ sendMessage }) => sendMessage);
}

const runsOf = ({ deps }: OwnServer, conversationId: string) =>
  deps.db.run.findMany({ where: { conversationId }, orderBy: { queuedSeq: 'asc' } });

describe('twenty sends at once', () => {
  test.concurrent('that reject have one winner, and the next one works', { timeout: timeout(30) }, async () => {
    await using started = await startNodes();
    const { server, nodes } = started;
    server.model.holdCalls();
    const conversationId = await newConversation(server);
    await using watcher = await watch(nodes[1]!.url, conversationId);
    for (let round = 1; round <= rounds(3); round++) {
      const answers = await sendTwenty(nodes, conversationId, 'REJECT');
      const [winner, ...others] = answers.filter(({ __typename }) => __typename === 'SendMessagePayload');
      const { run } = only(winner!, 'SendMessagePayload');
      expect(others).toEqual([]);
      for (const answer of answers.filter((one) => one !== winner))
        expect(only(answer, 'ConversationBusyError').run?.id).toBe(run.id);
      (await server.model.nextCall()).stops();
      await watcher.sees((edge) => isEnd(edge) && edge.runId === run.id);
      await expectNextSend(server.model, server, conversationId);
    }
    expect(await probeQuiet(server)).toEqual([]);
  });

  test.concurrent(
    'that enqueue run, and stand in the history, in the order of their commits',
    { timeout: timeout(40) },
    async () => {
      await using started = await startNodes();
      const { server, nodes } = started;
      for (let round = 1; round <= rounds(2); round++) {
        const conversationId = await newConversation(server);
        await using watcher = await watch(nodes[1]!.url, conversationId);
        const sent = (await sendTwenty(nodes, conversationId, 'ENQUEUE')).map((one) => only(one, 'SendMessagePayload'));
        const runs = await runsOf(server, conversationId);
        const order = runs.map(({ id }) => id);
        expect(order.toSorted()).toEqual(sent.map(({ run }) => run.id).toSorted());
        await watcher.sees((edge) => isEnd(edge) && edge.runId === order.at(-1));
        const { edges } = watcher.transcript;
        const started = edges.filter(({ node }) => node.__typename === 'RunStarted').map(({ runId }) => runId);
        expect(started).toEqual(order);
        const queued = edges.filter(({ node }) => node.__typename === 'RunQueued').map(({ runId }) => runId);
        expect(queued).toEqual(order);
        const inputs = new Map(sent.map(({ run, inputMessages }) => [run.id, inputMessages[0]?.id]));
        const { messages } = await history(server, conversationId);
        const asked = messages.nodes.filter(({ __typename }) => __typename === 'UserMessage').map(({ id }) => id);
        expect(asked).toEqual(order.map((id) => inputs.get(id)));
        await expectNextSend(server.model, server, conversationId);
        expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
      }
    },
  );

  test.concurrent(
    'that interrupt leave the last one committed, and each of the others ends once',
    { timeout: timeout(40) },
    async () => {
      await using started = await startNodes();
      const { server, nodes } = started;
      for (let round = 1; round <= rounds(2); round++) {
        const conversationId = await newConversation(server);
        await using watcher = await watch(nodes[1]!.url, conversationId);
        await sendTwenty(nodes, conversationId, 'INTERRUPT');
        const runs = await runsOf(server, conversationId);
        expect(runs).toHaveLength(20);
        const last = runs.at(-1)!;
        await watcher.sees((edge) => isEnd(edge) && edge.runId === last.id);
        const ends = watcher.transcript.edges.flatMap(({ node, runId }) =>
          node.__typename === 'RunFinished' ? [[runId, node.status]] : [],
        );
        // One that was alone for a moment may have been answered.
        expect(ends.filter(([, status]) => status === 'COMPLETED').length).toBeLessThan(20);
        expect(ends.map(([runId]) => runId)).toEqual(runs.map(({ id }) => id));
        expect(ends.at(-1)).toEqual([last.id, 'COMPLETED']);
        await expectNextSend(server.model, server, conversationId);
        expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
      }
    },
  );
});

test('twenty cancels at once, over all nodes, all succeed, and end a run once', { timeout: timeout(30) }, async () => {
  await using started = await startNodes();
  const { server, nodes } = started;
  for (let round = 1; round <= rounds(3); round++) {
    await using begun = await midAnswer(server.model, { url: nodes[1]!.url, client: server });
    const { conversationId, run, call, watcher } = begun;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => nodes[index % 2]!.execute(CANCEL, { runId: run.id })),
    );
    const told = answers.map(({ cancelRun }) => only(cancelRun, 'CancelRunPayload').run);
    expect(told).toEqual(told.map(() => ({ ...told[0], status: 'CANCELLED' })));
    await call.closed;
    await expectNextSend(server.model, server, conversationId);
    await watcher.sees((edge) => isEnd(edge) && edge.runId !== run.id);
    expect(watcher.transcript.edges.filter((edge) => isEnd(edge) && edge.runId === run.id)).toHaveLength(1);
    expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
  }
});

test(
  `a cancel and an answer that end a run at the same time end it once (FAULT_SEED=${SEED})`,
  { timeout: timeout(40) },
  async () => {
    const random = createRandom(SEED);
    await using started = await startNodes();
    const { server, nodes } = started;
    server.model.holdCalls();
    const conversationId = await newConversation(server);
    await using watcher = await watch(nodes[1]!.url, conversationId);
    const outcomes = { COMPLETED: 0, CANCELLED: 0 };
    for (let round = 1; round <= rounds(60); round++) {
      // Each round is the next send after the last.
      const run = await send(server, { conversationId, text: `round ${round}` });
      const call = await server.model.nextCall();
      call.says('Hello');
      await watcher.sees(({ node, runId }) => runId === run.id && node.__typename === 'AssistantTextDelta');
      // A cancel has a longer way to the database than the end of an answer, or a shorter one: try all around it.
      const [cancelAfter, stopAfter] = [random.between(0, 5), random.between(0, 5)];
      const [cancelled] = await Promise.all([
        sleep(cancelAfter).then(() => nodes[round % 2]!.execute(CANCEL, { runId: run.id })),
        sleep(stopAfter).then(() => call.isOver() || call.stops()),
      ]);
      const { status } = only(cancelled.cancelRun, 'CancelRunPayload').run;
      await watcher.sees((edge) => edge.runId === run.id && isEnd(edge));
      expect((await readRun(server, run.id)).status).toBe(status);
      outcomes[status as keyof typeof outcomes] += 1;
    }
    const ends = watcher.transcript.edges.filter(isEnd);
    expect(new Set(ends.map(({ runId }) => runId)).size).toBe(ends.length);
    expect(ends).toHaveLength(rounds(60));
    expect(outcomes.COMPLETED + outcomes.CANCELLED).toBe(rounds(60));
    expect(Math.min(...Object.values(outcomes)), JSON.stringify(outcomes)).toBeGreaterThan(0);
    console.log(`cancel versus complete: ${JSON.stringify(outcomes)}`);
    await expectNextSend(server.model, server, conversationId);
    expect(await probeQuiet(server)).toEqual([]);
  },
);
