import type { ConversationEvent } from './event-types.ts';

const CAPACITY = 256;

/** The newest events of one followed conversation, without a hole, so that a follower that keeps up reads no database. */
export interface RecentEvents {
  add(events: ConversationEvent[]): void;
  /** The next event after `after`, if there is one; nothing when that is not known here and must be read from the database. */
  after(after: number): { events: ConversationEvent[]; hasMore: boolean } | undefined;
  /** Empties it unless it reaches `seq`: the log has grown past what was added. */
  forgetBefore(seq: number): void;
}

export function createRecentEvents(): RecentEvents {
  let events: ConversationEvent[] = [];
  return {
    add(added) {
      const first = added[0];
      const last = events.at(-1);
      if (!first) return;
      // Hints can arrive swapped or be lost. What does not continue the row replaces it, unless it is older.
      if (!last || first.seq > last.seq + 1) events = [...added];
      else events.push(...added.filter(({ seq }) => seq > last.seq));
      if (events.length > CAPACITY) events = events.slice(-CAPACITY / 2);
    },
    after(after) {
      const first = events[0];
      const last = events.at(-1);
      if (!first || !last || after + 1 < first.seq || after > last.seq) return undefined;
      // One alone: whoever does not take it must not hold on to those that everybody else is past.
      const index = after + 1 - first.seq;
      return { events: events.slice(index, index + 1), hasMore: index + 1 < events.length };
    },
    forgetBefore(seq) {
      if ((events.at(-1)?.seq ?? 0) < seq) events = [];
    },
  };
}
