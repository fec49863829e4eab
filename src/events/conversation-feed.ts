import type { Logger } from '../log.ts';
import { createLoop } from '../loop.ts';
import type { Sql } from '../store/database.ts';
import { readChanged, readRecent } from './changed-conversations.ts';
import { createOutbox, createTopic, type ConversationUpdate, type Topic } from './conversation-topic.ts';
import { isDelta } from './event-types.ts';
import type { Wakeups } from './wakeups.ts';

const POLL_MS = 1000;
/** Changes that come within this time are read, and announced, together. */
const GAP_MS = 50;
/**
 * `changedAt` is taken inside the transaction, which may be committed that much later: when its last statement takes 10 s,
 * its client 5 s to commit, and the commit another 10 s, they are all at the limits that the database is given.
 */
const OVERLAP_MS = 30_000;

/** Tells lists what to show anew. */
export interface ConversationFeed extends AsyncDisposable {
  /**
   * Yields the conversations of an organization, or of one of its agents, that appear, change or go, until `signal` aborts, or the consumer has let 10,000 of them wait.
   * It starts a few seconds back. It pulls: a slow consumer gets each conversation once, with its newest update.
   */
  follow(which: { organizationId: string; agentId?: string }, signal: AbortSignal): AsyncGenerator<ConversationUpdate>;
}

type FeedDeps = { sql: Sql; wakeups: Wakeups; log: Logger };

export function createConversationFeed({ sql, wakeups, log }: FeedDeps): ConversationFeed {
  const topics = new Map<string, Topic>();
  const dirty = new Set<string>();
  let pollAt = 0;

  const subscription = wakeups.subscribe(({ organizationId, conversationId, events }) => {
    // Without events it may be a new conversation.
    if (!topics.has(organizationId) || (events.length > 0 && events.every(isDelta))) return;
    dirty.add(conversationId);
    looking.wake();
  });

  const looking = createLoop({
    everyMs: POLL_MS,
    gapMs: GAP_MS,
    work: look,
    // The next poll finds what could not be read.
    onError: (error) => log.warn({ err: error }, 'looking for changed conversations failed'),
  });

  return {
    async *follow({ organizationId, agentId }, signal) {
      using outbox = join(organizationId, agentId, signal);
      while (!signal.aborted) {
        await outbox.next();
        for (const [conversationId, update] of outbox.pending) {
          if (signal.aborted || outbox.isFull()) return;
          outbox.pending.delete(conversationId);
          yield update;
        }
      }
    },
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      await looking[Symbol.asyncDispose]();
    },
  };

  function join(organizationId: string, agentId: string | undefined, signal: AbortSignal) {
    const topic = topics.get(organizationId) ?? createTopic(organizationId);
    topics.set(organizationId, topic);
    const outbox = createOutbox(agentId);
    topic.join(outbox);
    if (!topic.isOpen()) looking.wake();
    signal.addEventListener('abort', outbox.wake, { once: true });
    return {
      ...outbox,
      [Symbol.dispose]() {
        topic.leave(outbox);
        signal.removeEventListener('abort', outbox.wake);
        if (topic.isEmpty()) topics.delete(organizationId);
      },
    };
  }

  /** Returns the time to the next poll. */
  async function look(): Promise<number> {
    const isPollDue = performance.now() >= pollAt;
    if (isPollDue) pollAt = performance.now() + POLL_MS;
    if (isPollDue) dirty.clear(); // the poll finds them too
    const due = [...topics.values()].filter((topic) => isPollDue || !topic.isOpen());
    if (due.length > 0) await poll(due);
    const ids = [...dirty];
    dirty.clear();
    const changed = ids.length > 0 ? await readChanged(sql, ids) : [];
    for (const [organizationId, conversations] of changed) topics.get(organizationId)?.announce(conversations);
    return pollAt - performance.now();
  }

  /** Finds what no hint told of: one statement a second for the process, and one when an organization's first subscriber comes. */
  async function poll(due: Topic[]) {
    const readAt = performance.now();
    const windowMs = OVERLAP_MS + readAt - Math.min(...due.map((topic) => topic.polledAt()));
    const ids = due.map(({ organizationId }) => organizationId);
    const recent = await readRecent(sql, ids, windowMs);
    for (const topic of due) topic.learn(recent.get(topic.organizationId) ?? [], readAt);
  }
}
