import { NotFoundError } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import type { Logger } from '../log.ts';
import type { Db, Tx } from '../store/database.ts';
import { Prisma, type ConversationHead } from '../store/generated/client.ts';
import { retryWhileUnavailable } from '../store/unavailable.ts';
import { insertEvents } from './insert-events.ts';
import type { ConversationEvent, EventBody } from './event-types.ts';
import type { Wakeups } from './wakeups.ts';

/** The only run and claim that may write, as the worker that holds them knows them. */
export interface Fence {
  organizationId: string;
  conversationId: string;
  runId: string;
  claim: number;
}

/** A claim, for as long as its worker may count on it. */
export interface Hold extends Fence {
  signal: AbortSignal;
}

/** The run was ended, or claimed by another worker: this one writes nothing more. */
export class FencedError extends Error {
  override name = 'FencedError';

  constructor({ runId, claim }: Fence) {
    super(`Claim ${claim} of ${runId} is over`);
  }
}

/** One transaction that holds the lock of a conversation's head. */
export interface Change {
  readonly tx: Tx;
  /** The locked row. Assign to its columns: they are written back at the end. */
  readonly head: ConversationHead;
  /** The database's clock just after the lock was taken: the only clock whose times are stored. */
  readonly at: Date;
  /** Gives the event the next place in the log. */
  append(event: EventBody): number;
  /** Runs after the commit, and nobody waits for it: a failure, or a crash before it, must do no harm. */
  afterCommit(effect: (db: Db) => PromiseLike<unknown>): void;
}

interface ChangeDeps {
  db: Db;
  log: Logger;
  wakeups: Wakeups;
}

/**
 * Runs `work` under the lock of the conversation's head, and commits what it wrote together with the events it appended.
 * Everybody who follows is woken after the commit. Throws NotFoundError when the conversation is gone.
 */
export function changeConversation<Result>(
  deps: ChangeDeps,
  conversationId: string,
  work: (change: Change) => Promise<Result>,
): Promise<Result> {
  return commitChange(deps, conversationId, work, (head) => {
    if (head.closed) throw new NotFoundError(conversationId);
  });
}

/**
 * The same for the worker that holds a run: throws FencedError, and writes nothing, when the run is its no more. It
 * retries while the database is unavailable, for as long as the run is held: to give up would be to lose a whole model call.
 * `work` may therefore be called again after it was committed, and has to see that.
 */
export function changeHeldRun<Result>(
  deps: ChangeDeps,
  hold: Hold,
  work: (change: Change) => Promise<Result>,
): Promise<Result> {
  const check = ({ activeRunId, activeClaim }: ConversationHead) => {
    if (activeRunId !== hold.runId || activeClaim !== hold.claim) throw new FencedError(hold);
  };
  return retryWhileUnavailable(() => commitChange(deps, hold.conversationId, work, check), hold.signal);
}

async function commitChange<Result>(
  { db, log, wakeups }: ChangeDeps,
  conversationId: string,
  work: (change: Change) => Promise<Result>,
  check: (head: ConversationHead) => void,
): Promise<Result> {
  const { result, head, events, effects } = await db.$transaction(async (tx) => {
    const { at, ...head } = await lockHead(tx, conversationId);
    check(head);
    const before = { ...head };
    const bodies: EventBody[] = [];
    const effects: ((db: Db) => PromiseLike<unknown>)[] = [];
    const result = await work({
      tx,
      head,
      at,
      append(event) {
        bodies.push(event);
        return ++head.lastEventSeq;
      },
      afterCommit: (effect) => void effects.push(effect),
    });
    const isChanged = Object.entries(before).some(
      ([column, value]) => head[column as keyof ConversationHead] !== value,
    );
    const events = isChanged ? await writeBack(tx, head, bodies) : [];
    failpoint('before', events);
    return { result, head, events, effects };
  });
  failpoint('after', events);
  for (const effect of effects)
    effect(db).then(undefined, (error: unknown) =>
      log.debug({ conversationId, err: error }, 'an effect after a commit failed'),
    );
  const isRunReady = head.activeRunId !== null && head.activeClaim === null;
  const { organizationId } = head;
  if (events.length > 0 || isRunReady) wakeups.publish({ organizationId, conversationId, events, isRunReady });
  return result;
}

async function lockHead(tx: Tx, conversationId: string): Promise<ConversationHead & { at: Date }> {
  const [head] = await tx.$queryRaw<(ConversationHead & { at: Date })[]>`
    SELECT "conversationId", "organizationId", "changedAt", "lastEventSeq", "openSeq", "lastPosition", "lastContextRank", "activeRunId", "activeClaim", closed,
      clock_timestamp()::timestamptz(3) AS at
    FROM "ConversationHead" WHERE "conversationId" = ${conversationId} FOR NO KEY UPDATE`;
  if (!head) throw new NotFoundError(conversationId);
  return head;
}

async function writeBack(tx: Tx, head: ConversationHead, bodies: EventBody[]): Promise<ConversationEvent[]> {
  const first = head.lastEventSeq - bodies.length + 1;
  const numbered = bodies.map((body, index) => ({ ...body, seq: first + index }));
  const events = await tx.$queryRaw<ConversationEvent[]>`
    WITH head AS (
      UPDATE "ConversationHead" SET "lastEventSeq" = ${head.lastEventSeq}, "openSeq" = ${head.openSeq}::int,
        "lastPosition" = ${head.lastPosition}, "lastContextRank" = ${head.lastContextRank},
        "activeRunId" = ${head.activeRunId}::text, "activeClaim" = ${head.activeClaim}::int, closed = ${head.closed},
        "changedAt" = GREATEST(clock_timestamp(), "changedAt" + interval '1 millisecond')
      WHERE "conversationId" = ${head.conversationId} RETURNING "conversationId")
    ${insertEvents(Prisma.sql`
      SELECT head."conversationId", item.seq, item."runId", item.type, item.data
      FROM head, jsonb_to_recordset(${JSON.stringify(numbered)}::jsonb) AS item(seq int, "runId" text, type text, data jsonb)`)}`;
  return events.toSorted((one, other) => one.seq - other.seq);
}
