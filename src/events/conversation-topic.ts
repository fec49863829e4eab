import type { ChangedConversation } from './changed-conversations.ts';
import { createWaker } from '../waker.ts';

/** How far back a new subscriber is told: a page that was asked for while it subscribed may be that old. */
const RECENT_MS = 5000;
/** A subscriber that lets so many conversations wait is let go: it holds memory, and will have to refetch anyway. */
export const MOST_PENDING = 10_000;

/** What was announced together in one organization. Whoever is told of the same batch may share what is read for it. */
export interface Batch {
  readonly organizationId: string;
}

export interface ConversationUpdate {
  conversationId: string;
  isRemoved: boolean;
  batch: Batch;
}

/** What one subscriber was not yet given: of each conversation the newest update only, however slow it is. */
export type Outbox = ReturnType<typeof createOutbox>;

export function createOutbox(agentId: string | undefined) {
  const pending = new Map<string, ConversationUpdate>();
  const waker = createWaker();
  return {
    pending,
    isFull: () => pending.size >= MOST_PENDING,
    next: () => waker.next(),
    wake: waker.wake,
    put({ conversationId, isRemoved, ...conversation }: ChangedConversation, batch: Batch) {
      if (agentId !== undefined && conversation.agentId !== agentId) return;
      if (pending.size < MOST_PENDING) pending.set(conversationId, { conversationId, isRemoved, batch });
      waker.wake();
    },
  };
}

/** One organization that has subscribers in this process. */
export type Topic = ReturnType<typeof createTopic>;

export function createTopic(organizationId: string) {
  const outboxes = new Set<Outbox>();
  /** What changed lately and was announced, with its moment on this process's clock; nothing before the first poll. */
  let known: Map<string, ChangedConversation & { at: number }> | undefined;
  let polledAt = performance.now();

  return {
    organizationId,
    isOpen: () => known !== undefined,
    isEmpty: () => outboxes.size === 0,
    /** Until when nothing that was committed can have been missed. */
    polledAt: () => polledAt,
    join(outbox: Outbox) {
      outboxes.add(outbox);
      repeat([outbox], performance.now());
    },
    leave: (outbox: Outbox) => void outboxes.delete(outbox),
    announce,
    /** Takes everything that changed lately, as it was read at `readAt`, or a little later. */
    learn(conversations: ChangedConversation[], readAt: number) {
      const since = polledAt;
      polledAt = readAt;
      if (known) announce(conversations);
      const found = new Map(conversations.map((one) => [one.conversationId, { ...one, at: momentOf(one) }]));
      const isFirst = !known;
      // What is not among them is too old to be found again.
      known = found;
      // A database that was silent meanwhile may have been late to commit what is older.
      const wasSilent = performance.now() - since > RECENT_MS;
      if (isFirst) repeat(outboxes, wasSilent ? -Infinity : since);
    },
  };

  /** Tells everybody of what was not announced before. */
  function announce(conversations: ChangedConversation[]) {
    const batch = { organizationId };
    for (const one of conversations) {
      const earlier = known?.get(one.conversationId);
      // The first poll finds what it has to tell of by itself.
      if (!known || (earlier && earlier.changedAt >= one.changedAt)) continue;
      known.set(one.conversationId, { ...one, at: momentOf(one) });
      for (const outbox of outboxes) outbox.put(one, batch);
    }
  }

  /** Tells those who joined at `moment` of what changed shortly before that. Their batch is new: what was read for the others may be old. */
  function repeat(joining: Iterable<Outbox>, moment: number) {
    const batch = { organizationId };
    for (const one of known?.values() ?? []) {
      if (one.at < moment - RECENT_MS) continue;
      for (const outbox of joining) outbox.put(one, batch);
    }
  }
}

function momentOf({ ageMs }: ChangedConversation): number {
  return performance.now() - ageMs;
}
