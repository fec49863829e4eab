import type { Logger } from '../log.ts';
import { createLoop } from '../loop.ts';
import type { Sql } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { retryWhileUnavailable } from '../store/unavailable.ts';
import { createRecentEvents, type RecentEvents } from './recent-events.ts';
import type { ConversationEvent } from './event-types.ts';
import { createWaker } from '../waker.ts';
import type { Wakeups } from './wakeups.ts';

const PAGE = 500;
/** Of data, beyond the first row: a page is what a subscriber that does not read keeps in memory. */
const PAGE_BYTES = 16 * 1024;
const POLL_MS = 1000;

/** The only source of what subscribers see. */
export interface Follower extends AsyncDisposable {
  /**
   * Yields every event of the conversation after `after`, in order and once, and waits for more until `signal` aborts
   * or the conversation is deleted. It pulls: a slow consumer holds one page and delays nobody.
   */
  follow(conversationId: string, after: number, signal: AbortSignal): AsyncGenerator<ConversationEvent, void>;
}

/** Everyone in this process who follows one conversation. */
interface Topic {
  recent: RecentEvents;
  listeners: Set<() => void>;
  /** Of events up to here every listener was told. */
  toldSeq: number;
}

export function createFollower({ sql, wakeups, log }: { sql: Sql; wakeups: Wakeups; log: Logger }): Follower {
  const topics = new Map<string, Topic>();

  const subscription = wakeups.subscribe(({ conversationId, events }) => {
    const topic = topics.get(conversationId);
    if (!topic || events.length === 0) return;
    topic.recent.add(events);
    tell(topic, events.at(-1)?.seq ?? 0);
  });

  const polling = createLoop({
    everyMs: POLL_MS,
    work: poll,
    onError: (error) => log.warn({ err: error }, 'polling for events failed'),
  });

  return {
    async *follow(conversationId, after, signal) {
      // Listen before the first read: a commit between the two is then seen by the next read.
      using listener = listen(conversationId, signal);
      while (!signal.aborted) {
        await listener.next();
        let hasMore: boolean;
        do {
          const page =
            listener.recent.after(after) ??
            (await retryWhileUnavailable(() => readPage(sql, conversationId, after), signal));
          ({ hasMore } = page);
          for (const event of page.events) {
            if (signal.aborted) return;
            after = event.seq;
            yield event;
            if (event.type === 'ConversationDeleted') return;
          }
        } while (hasMore);
      }
    },
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      await polling[Symbol.asyncDispose]();
    },
  };

  function listen(conversationId: string, signal: AbortSignal) {
    const topic: Topic = topics.get(conversationId) ?? {
      recent: createRecentEvents(),
      listeners: new Set(),
      toldSeq: 0,
    };
    topics.set(conversationId, topic);
    const waker = createWaker();
    // Due from the start: what was committed before is found by reading, not by waiting.
    waker.wake();
    topic.listeners.add(waker.wake);
    signal.addEventListener('abort', waker.wake, { once: true });
    return {
      recent: topic.recent,
      next: () => waker.next(),
      [Symbol.dispose]() {
        topic.listeners.delete(waker.wake);
        signal.removeEventListener('abort', waker.wake);
        if (topic.listeners.size === 0) topics.delete(conversationId);
      },
    };
  }

  /** Finds what no hint told of: one statement a second for the whole process, however many follow. */
  async function poll() {
    if (topics.size === 0) return;
    for (const { conversationId, lastEventSeq } of await readEnds(sql, [...topics.keys()])) {
      const topic = topics.get(conversationId);
      if (topic && lastEventSeq > topic.toldSeq) tell(topic, lastEventSeq);
    }
  }
}

function tell(topic: Topic, seq: number) {
  topic.toldSeq = Math.max(topic.toldSeq, seq);
  // Not `seq`: hints that were held up somewhere tell of less than what is known by now.
  topic.recent.forgetBefore(topic.toldSeq);
  topic.listeners.forEach((notify) => notify());
}

async function readPage(sql: Sql, conversationId: string, after: number) {
  const rows = await sql<ConversationEvent & { found: number }>(Prisma.sql`
    SELECT "conversationId", seq, "runId", type, data, "createdAt", found FROM (
      SELECT *, count(*) OVER ()::int AS found,
        sum(octet_length(data::text)) OVER (ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
      FROM (
        SELECT "conversationId", seq, "runId", type, data, "createdAt" FROM "ConversationEvent"
        WHERE "conversationId" = ${conversationId} AND seq > ${after} ORDER BY seq LIMIT ${PAGE}) AS page) AS measured
    WHERE before IS NULL OR before < ${PAGE_BYTES} ORDER BY seq`);
  const found = rows[0]?.found ?? 0;
  return { events: rows.map(({ found: _found, ...event }) => event), hasMore: found === PAGE || rows.length < found };
}

async function readEnds(sql: Sql, ids: string[]): Promise<{ conversationId: string; lastEventSeq: number }[]> {
  return sql(Prisma.sql`
    SELECT "conversationId", "lastEventSeq" FROM "ConversationHead" WHERE "conversationId" = ANY(${ids}::text[])`);
}
