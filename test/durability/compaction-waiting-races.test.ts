import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { tryCompact } from '../harness/compact.ts';
import { approve, deny, pending, tryDecide } from '../harness/decisions.ts';
import { CANCEL, CANCEL_CONVERSATION, SEND } from '../harness/documents.ts';
import type { FakeRequest } from '../harness/fake-openai.ts';
import { only } from '../harness/only.ts';
import { probeQuiet } from '../harness/probe.ts';
import { createRandom, type Random } from '../harness/random.ts';
import { startOwnServer, type OwnServer } from '../harness/server.ts';
import { isEnd, readRun } from '../harness/talk.ts';
import { makeWaiting, waitingTools } from '../harness/waiting.ts';
import { watch } from '../harness/watch.ts';
import { expectNextSend } from './next-send.ts';
import { isSummary, SUMMARY } from './old-or-new.ts';
import { rounds, SEED, timeout } from './rounds.ts';

const MODES = ['ALL', 'SLIDING_WINDOW', 'SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW'] as const;

/** What comes beside the compaction and the decision. */
const OTHERS = ['nothing', 'cancelRun', 'cancelConversation', 'INTERRUPT', 'ENQUEUE', 'REJECT'] as const;

/** Two nodes where the database serves more than one. */
async function startNodes() {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startOwnServer({}, waitingTools));
  const other = server.database.url ? stack.use(await server.startNode()) : server;
  const owned = stack.move();
  return { server, nodes: [server, other] as const, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface Collision {
  conversationId: string;
  runId: string;
  other: (typeof OTHERS)[number];
  /** The compaction is under way before the others come: it has to be accepted. */
  isFirst: boolean;
  random: Random;
}

/** A compaction, a decision and something else within a few milliseconds. Returns the ids of the runs that were accepted. */
async function collide([one, two]: readonly [OwnServer, OwnServer], collision: Collision) {
  const { conversationId, runId, isFirst, random } = collision;
  const toolCallId = (await pending(one, runId)).pendingToolCalls[0]!.id;
  const decision = random.pick([approve, deny()]);
  const compacting = sleep(isFirst ? 0 : random.between(0, 15)).then(() =>
    tryCompact(one, { conversationId, wait: false, settings: { mode: random.pick(MODES) } }),
  );
  if (isFirst) only(await compacting, 'CompactConversationPayload');
  const [compaction, sent] = await Promise.all([
    compacting,
    sleep(random.between(0, 40)).then(() => disturb(random.pick([one, two]), collision)),
    sleep(random.between(0, 40)).then(() => tryDecide(two, { runId, decisions: [{ toolCallId, decision }] })),
  ]);
  return [runId, ...sent, ...(compaction.__typename === 'CompactConversationPayload' ? [compaction.run.id] : [])];
}

/** Returns the id of the run that came of it. */
async function disturb(node: OwnServer, { conversationId, runId, other }: Collision) {
  if (other === 'cancelRun') await node.execute(CANCEL, { runId });
  if (other === 'cancelConversation') await node.execute(CANCEL_CONVERSATION, { conversationId });
  if (other !== 'INTERRUPT' && other !== 'ENQUEUE' && other !== 'REJECT') return [];
  const { sendMessage } = await node.execute(SEND, { input: { conversationId, text: 'Hi', onBusy: other } });
  return sendMessage.__typename === 'SendMessagePayload' ? [sendMessage.run.id] : [];
}

/** Every call of a prompt has its return right after it, and every return its call. */
function expectWellFormed({ messages }: FakeRequest['body']) {
  const open: string[] = [];
  for (const { role, tool_calls, tool_call_id } of messages) {
    if (role === 'tool') expect(open.shift()).toBe(tool_call_id);
    else expect(open).toEqual([]);
    open.push(...((tool_calls ?? []) as { id: string }[]).map(({ id }) => id));
  }
  expect(open).toEqual([]);
}

test(
  `a compaction of a waiting conversation among a decision, a cancel and a send leaves every call with one return (FAULT_SEED=${SEED})`,
  { timeout: timeout(60) },
  async () => {
    const random = createRandom(SEED);
    await using started = await startNodes();
    const { server, nodes } = started;
    const outcomes: Record<string, number> = {};
    for (let round = 0; round < rounds(12); round++) {
      const other = OTHERS[round % OTHERS.length]!;
      const isFirst = Math.floor(round / OTHERS.length) % 2 === 0;
      const waiting = await makeWaiting(server, ['guarded']);
      await using watcher = await watch(nodes[1].url, waiting.conversationId);
      server.model.responds((body) => [{ delayMs: random.between(0, 30) }, isSummary(body) ? SUMMARY : 'Done.']);
      const asked = server.model.requests.length;
      const ids = await collide(nodes, { ...waiting, other, isFirst, random });
      for (const id of ids) await watcher.sees((edge) => isEnd(edge) && edge.runId === id);
      const runs = await Promise.all(ids.map((id) => readRun(server, id)));
      const outcome = `${other}: ${runs.map(({ status }) => status).join()}`;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (other === 'nothing') expect(runs[0]?.status).toBe('COMPLETED');
      await expectNextSend(server.model, server, waiting.conversationId);
      server.model.requests.slice(asked).forEach(({ body }) => expectWellFormed(body));
      expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
    }
    console.log(`compaction of a waiting conversation: ${JSON.stringify(outcomes)}`);
  },
);
