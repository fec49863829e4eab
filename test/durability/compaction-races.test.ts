import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { captureExchanges } from '../harness/capture.ts';
import { tryCompact } from '../harness/compact.ts';
import { CANCEL, CANCEL_CONVERSATION, SEND } from '../harness/documents.ts';
import { only } from '../harness/only.ts';
import { probeQuiet } from '../harness/probe.ts';
import { createRandom, type Random } from '../harness/random.ts';
import { type OwnServer, startOwnServer } from '../harness/server.ts';
import { history, isEnd, newConversation, readRun } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { expectNextSend } from './next-send.ts';
import { expectContext, expectPrompts, isSummary, SUMMARY } from './old-or-new.ts';
import { rounds, SEED, timeout } from './rounds.ts';

const EXCHANGES = 6;
const MODES = ['ALL', 'SLIDING_WINDOW', 'SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW'] as const;

/** Two nodes where the database serves more than one. */
async function startNodes() {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startOwnServer());
  const other = server.database.url ? stack.use(await server.startNode()) : server;
  const owned = stack.move();
  return { server, nodes: [server, other] as const, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface Skew {
  /** Nothing interrupts it and nothing cancels it: it has to be done. */
  isCalm: boolean;
  /** It is under way before the others come. */
  isFirst: boolean;
  random: Random;
}

/** A compaction, twenty sends and a cancel within a few milliseconds. Returns what was accepted, and how. */
async function collide(nodes: readonly OwnServer[], conversationId: string, { isCalm, isFirst, random }: Skew) {
  const after = (most: number) => sleep(random.between(0, most));
  const compacting = after(isFirst ? 0 : 15).then(() =>
    tryCompact(nodes[0]!, { conversationId, wait: false, settings: { mode: random.pick(MODES) } }),
  );
  if (isFirst) await compacting;
  const sending = Array.from({ length: 20 }, async (_, index) => {
    await after(60);
    const onBusy = random.pick(
      isCalm ? (['ENQUEUE', 'REJECT'] as const) : (['ENQUEUE', 'REJECT', 'INTERRUPT'] as const),
    );
    const text = `text ${index}`;
    const input = { conversationId, text, onBusy };
    return { text, onBusy, answer: (await nodes[index % 2]!.execute(SEND, { input })).sendMessage };
  });
  const cancelling = isCalm
    ? undefined
    : after(80).then(() => nodes[1]!.execute(CANCEL_CONVERSATION, { conversationId }));
  const [compaction, sends] = [await compacting, await Promise.all(sending)];
  await cancelling;
  const accepted = sends.flatMap(({ text, onBusy, answer }) => {
    if (answer.__typename === 'SendMessagePayload')
      return [{ text, runId: answer.run.id, messageId: answer.inputMessages[0]!.id }];
    expect([onBusy, answer.__typename]).toEqual(['REJECT', 'ConversationBusyError']);
    return [];
  });
  return { compaction, accepted };
}

/** Answers a little late, so that it may be interrupted. */
function answerAll({ model }: OwnServer, random: Random) {
  model.responds((body) => {
    const said = isSummary(body) ? SUMMARY : `re ${body.messages.at(-1)?.content}`;
    return [{ delayMs: random.between(0, 40) }, said];
  });
}

/** Each is in the history once, with its answer after it, or was cancelled. */
async function expectNoneLost(
  server: OwnServer,
  conversationId: string,
  accepted: Awaited<ReturnType<typeof collide>>['accepted'],
) {
  const { messages } = await history(server, conversationId);
  const places = new Map(messages.nodes.map(({ id }, index) => [id, index]));
  expect(places.size).toBe(messages.nodes.length);
  for (const { text, runId, messageId } of accepted) {
    const { status, startedAt } = await readRun(server, runId);
    const place = places.get(messageId);
    if (status === 'COMPLETED') expect(messages.nodes[place! + 1]).toMatchObject({ text: `re ${text}` });
    else expect(status).toBe('CANCELLED');
    if (startedAt !== null) expect(place).toBeDefined();
  }
}

test(
  `a compaction among twenty sends and a cancel loses no message, and leaves the old context or the new one (FAULT_SEED=${SEED})`,
  { timeout: timeout(60) },
  async () => {
    const random = createRandom(SEED);
    await using started = await startNodes();
    const { server, nodes } = started;
    const outcomes: Record<string, number> = {};
    for (let round = 0; round < rounds(3); round++) {
      const [isCalm, isFirst] = [round % 3 === 0, round % 3 < 2];
      const conversationId = await newConversation(server);
      await captureExchanges(server, conversationId, EXCHANGES);
      await using watcher = await watch(nodes[1].url, conversationId);
      answerAll(server, random);
      const asked = server.model.requests.length;
      const { compaction, accepted } = await collide(nodes, conversationId, { isCalm, isFirst, random });
      const { run } =
        compaction.__typename === 'ConversationBusyError'
          ? { run: undefined }
          : only(compaction, 'CompactConversationPayload');
      const ids = [...accepted.map(({ runId }) => runId), ...(run ? [run.id] : [])];
      for (const id of ids) await watcher.sees((edge) => isEnd(edge) && edge.runId === id);
      const outcome = run ? (await readRun(server, run.id)).status : 'BUSY';
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (isCalm) expect(outcome).toBe('COMPLETED');
      await expectNoneLost(server, conversationId, accepted);
      await expectContext(server.deps, conversationId, outcome === 'COMPLETED' ? 'new' : 'old');
      expectPrompts(server.model.requests.slice(asked).map(({ body }) => body));
      await expectNextSend(server.model, server, conversationId);
      expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
    }
    console.log(`compaction among sends and a cancel: ${JSON.stringify(outcomes)}`);
  },
);

test(
  'of compactions at once, over all nodes, one is done, and the others are told that it is under way',
  { timeout: timeout(30) },
  async () => {
    await using started = await startNodes();
    const { server, nodes } = started;
    for (let round = 1; round <= rounds(2); round++) {
      const conversationId = await newConversation(server);
      await captureExchanges(server, conversationId, EXCHANGES);
      await using watcher = await watch(nodes[1].url, conversationId);
      const asked = server.model.nextCall();
      const count = round === 1 ? 2 : 10;
      const answers = await Promise.all(
        Array.from({ length: count }, (_, index) => tryCompact(nodes[index % 2]!, { conversationId, wait: false })),
      );
      const won = answers.filter(({ __typename }) => __typename === 'CompactConversationPayload');
      expect(won).toHaveLength(1);
      const { run } = only(won[0]!, 'CompactConversationPayload');
      for (const answer of answers.filter((one) => one !== won[0]))
        expect(only(answer, 'ConversationBusyError').run?.id).toBe(run.id);
      const call = await asked;
      call.says(SUMMARY);
      call.stops();
      await watcher.sees((edge) => isEnd(edge) && edge.runId === run.id);
      await expectContext(server.deps, conversationId, 'new');
      await expectNextSend(server.model, server, conversationId);
      expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
    }
  },
);

test(
  `a cancel and a summary that end a compaction at the same time end it once, with all of it or nothing (FAULT_SEED=${SEED})`,
  { timeout: timeout(40) },
  async () => {
    const random = createRandom(SEED);
    await using started = await startNodes();
    const { server, nodes } = started;
    const outcomes = { COMPLETED: 0, CANCELLED: 0 };
    for (let round = 0; round < rounds(6); round++) {
      const conversationId = await newConversation(server);
      await captureExchanges(server, conversationId, EXCHANGES);
      await using watcher = await watch(nodes[1].url, conversationId);
      const asked = server.model.nextCall();
      const { run } = only(await tryCompact(server, { conversationId, wait: false }), 'CompactConversationPayload');
      const call = await asked;
      call.says(SUMMARY);
      // Either may have the longer way to the database: try all around it.
      const [cancelAfter, stopAfter] = [random.between(0, 5), random.between(0, 20)];
      const [cancelled] = await Promise.all([
        sleep(cancelAfter).then(() => nodes[round % 2]!.execute(CANCEL, { runId: run.id })),
        sleep(stopAfter).then(() => call.isOver() || call.stops()),
      ]);
      const { status } = only(cancelled.cancelRun, 'CancelRunPayload').run;
      await watcher.sees((edge) => edge.runId === run.id && isEnd(edge));
      expect((await readRun(server, run.id)).status).toBe(status);
      expect(watcher.transcript.edges.filter(isEnd)).toHaveLength(1);
      outcomes[status as keyof typeof outcomes] += 1;
      await expectContext(server.deps, conversationId, status === 'COMPLETED' ? 'new' : 'old');
      await expectNextSend(server.model, server, conversationId);
      expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
    }
    expect(outcomes.COMPLETED + outcomes.CANCELLED).toBe(rounds(6));
    console.log(`cancel versus summary: ${JSON.stringify(outcomes)}`);
  },
);
