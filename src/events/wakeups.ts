import type { ConversationEvent } from './event-types.ts';

/** What a commit says to whoever waits. It may be lost, doubled or late: only the database is believed. */
export interface Hint {
  organizationId: string;
  conversationId: string;
  /** What was committed, in order, so that a follower need not read it again. None for a new conversation. */
  events: ConversationEvent[];
  /** A run may be waiting for a worker. */
  isRunReady: boolean;
}

/** Hints between those who commit and those who wait, in this process and, over Redis, in others. */
export interface Wakeups extends AsyncDisposable {
  /** Call it after the commit. Returns at once and never throws. */
  publish(hint: Hint): void;
  /** Calls `listener` with the hints of every node, this one included, until disposed. */
  subscribe(listener: (hint: Hint) => void): Disposable;
}

export function createLocalWakeups(): Wakeups {
  const listeners = new Set<(hint: Hint) => void>();
  return {
    publish(hint) {
      for (const listener of listeners) listener(hint);
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    async [Symbol.asyncDispose]() {
      listeners.clear();
    },
  };
}
