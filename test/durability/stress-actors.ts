import { setTimeout as sleep } from 'node:timers/promises';
import type { SendMessageInput } from '../graphql/graphql.ts';
import { seqOf, type Transcript } from '../harness/check-transcript.ts';
import { GraphQLErrors } from '../harness/client.ts';
import { CANCEL, SEND } from '../harness/documents.ts';
import type { Part } from '../harness/fake-openai.ts';
import type { NodeProcess } from '../harness/node-process.ts';
import type { Random } from '../harness/random.ts';
import { watch } from '../harness/watch.ts';

/** What the clients were promised. */
export interface Promises {
  sent: { runId: string; input: SendMessageInput; askedAt: number; toldAt: number }[];
  cancelled: { runId: string; status: string }[];
  transcripts: Transcript[];
  busy: number;
  unavailable: number;
  /** Answers that nobody expects. Why is in the log. */
  errors: Error[];
}

interface World {
  random: Random;
  nodes: NodeProcess[];
  conversationIds: string[];
  promises: Promises;
  signal: AbortSignal;
}

/** Sends with every policy; half of the time with a key, which it then often uses again, at once or later. */
export async function keepSending({ random, nodes, conversationIds, promises, signal }: World) {
  for (let count = 0; !signal.aborted; count++) {
    const repeated = random.chance(0.1) && promises.sent.findLast(({ input }) => input.idempotencyKey);
    const input: SendMessageInput = repeated
      ? repeated.input
      : {
          conversationId: random.pick(conversationIds),
          text: `message ${count} ${random.fraction()}`,
          onBusy: random.pick(['REJECT', 'ENQUEUE', 'ENQUEUE', 'ENQUEUE', 'INTERRUPT']),
          ...(random.chance(0.5) && { idempotencyKey: `key-${random.fraction()}` }),
        };
    const times = input.idempotencyKey && random.chance(0.3) ? 3 : 1;
    await Promise.all(Array.from({ length: times }, () => send(input)));
    await sleep(random.between(0, 200));
  }

  async function send(input: SendMessageInput) {
    const askedAt = performance.now();
    const result = await orUnavailable(
      promises,
      async () => (await random.pick(nodes).client.execute(SEND, { input })).sendMessage,
    );
    if (result?.__typename === 'SendMessagePayload')
      promises.sent.push({ runId: result.run.id, input, askedAt, toldAt: performance.now() });
    else if (result?.__typename === 'ConversationBusyError') promises.busy += 1;
    else if (result) throw new Error(`a send was answered ${JSON.stringify(result)}`);
  }
}

export async function keepCancelling({ random, nodes, promises, signal }: World) {
  while (!signal.aborted) {
    await sleep(random.between(50, 250));
    const recent = promises.sent.slice(-20);
    if (recent.length === 0) continue;
    const { runId } = random.pick(recent);
    const result = await orUnavailable(
      promises,
      async () => (await random.pick(nodes).client.execute(CANCEL, { runId })).cancelRun,
    );
    if (result?.__typename === 'CancelRunPayload') promises.cancelled.push({ runId, status: result.run.status });
    else if (result) throw new Error(`a cancel was answered ${JSON.stringify(result)}`);
  }
}

/** Follows a conversation for a while from any place that somebody has seen, on any node, and leaves again. */
export async function keepFollowing({ random, nodes, conversationIds, promises, signal }: World) {
  while (!signal.aborted) {
    const conversationId = random.pick(conversationIds);
    const seen = promises.transcripts.filter((earlier) => earlier.conversationId === conversationId);
    const places = seen.length > 0 ? random.pick(seen).edges.map(({ cursor }) => cursor) : [];
    const start = places.length > 0 && random.chance(0.8) ? random.pick(places) : cursorOf(conversationId, 0);
    await using watcher = await watch(random.pick(nodes).url, conversationId, start);
    await sleep(random.between(100, 3000), undefined, { signal }).catch(() => undefined); // the end of the test
    promises.transcripts.push(watcher.transcript);
  }
}

/** Answers of every kind: long and short, in one step and in two, whole and broken. */
export function randomAnswer(random: Random): Part[] {
  const words = Array.from({ length: random.between(1, 60) }, (_, index): Part[] => [
    { delayMs: random.between(0, 25) },
    `w${index}${random.chance(0.1) ? '💥' : ''} `,
  ]).flat();
  const thoughts: Part[] = random.chance(0.3)
    ? [{ reasoning: 'Let me ' }, { delayMs: 10 }, { reasoning: 'think. ' }]
    : [];
  const end = random.pick<Part[]>([
    [],
    [],
    [],
    [],
    [],
    [],
    [{ toolCall: { name: 'unknown', arguments: {} } }],
    [{ eof: true }],
    [{ reset: true }],
  ]);
  return [...thoughts, ...words, ...end];
}

export function cursorOf(conversationId: string, seq: number): string {
  const cursor = Buffer.from(`${conversationId}:${seq}`).toString('base64url');
  if (seqOf({ cursor }) !== seq) throw new Error('cursors look different now');
  return cursor;
}

async function orUnavailable<Result>(promises: Promises, ask: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof GraphQLErrors)) throw error;
    if (error.errors.every(({ extensions }) => extensions?.['code'] === 'SERVICE_UNAVAILABLE'))
      promises.unavailable += 1;
    else promises.errors.push(error);
    return undefined;
  }
}
