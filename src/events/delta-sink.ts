import type { Fence } from './change.ts';
import type { Delta, DeltaType } from './vocabulary.ts';

/** In UTF-16 units, of which a megabyte holds half a million. */
/** A row is delivered as one event, and a subscriber that does not read holds one: so it does not grow without end. */
const MAX_PIECE = 16 * 1024;
const MAX_WAITING = 500_000;

export interface DeltaRow {
  type: DeltaType;
  data: Delta;
}

/** Where one claim of a run puts the text it streams. */
export interface DeltaSink extends Disposable {
  /** Queues a piece of text. Returns a promise only when 1 MB of this run waits: read no more until it resolves. */
  push(type: DeltaType, messageId: string, delta: string): void | Promise<void>;
  /** Resolves when all that was pushed is committed. Call it before a fact is committed, else the fact overtakes its text. */
  drain(): Promise<void>;
}

/** The writer's side of a sink. */
export interface Pending {
  readonly fence: Fence;
  hasRows(): boolean;
  /** Hands out all rows that wait. Give them back with `putBack`, or report `written`. */
  take(): DeltaRow[];
  putBack(rows: DeltaRow[]): void;
  written(rows: DeltaRow[]): void;
  /** Drops what the database has already, by how far each message is stored. */
  dropStored(ends: Map<string, number>): void;
  /** Drops everything; pushing and draining reject with `error` from now on. */
  fail(error: unknown): void;
}

export function createDeltaSink(fence: Fence, onPush: () => void, onClose: () => void): DeltaSink & Pending {
  const ends = new Map<string, number>();
  let rows: DeltaRow[] = [];
  let waiting = 0;
  let failure: { error: unknown } | undefined;
  let settled: PromiseWithResolvers<void> | undefined;
  let room: PromiseWithResolvers<void> | undefined;

  return {
    fence,
    push(type, messageId, delta) {
      if (failure) throw failure.error;
      const offset = ends.get(messageId) ?? 0;
      ends.set(messageId, offset + delta.length);
      waiting += delta.length;
      const last = rows.at(-1);
      // While a statement is on its way, what follows in the same message becomes one row.
      const isSame = last?.type === type && last.data.messageId === messageId;
      if (isSame && last.data.delta.length < MAX_PIECE) last.data.delta += delta;
      else rows.push({ type, data: { messageId, delta, offset } });
      onPush();
      if (waiting > MAX_WAITING) return (room ??= Promise.withResolvers()).promise;
    },
    async drain() {
      if (failure) throw failure.error;
      if (waiting > 0) await (settled ??= Promise.withResolvers()).promise;
    },
    [Symbol.dispose]() {
      this.fail(new Error('The sink is closed'));
      onClose();
    },
    hasRows: () => rows.length > 0,
    take() {
      const taken = rows;
      rows = [];
      return taken;
    },
    putBack(taken) {
      if (!failure) rows = [...taken, ...rows];
    },
    written(taken) {
      waiting -= lengthOf(taken);
      release();
    },
    dropStored(stored) {
      const before = lengthOf(rows);
      rows = rows.flatMap(({ type, data }) => {
        const known = Math.max(0, (stored.get(data.messageId) ?? 0) - data.offset);
        const delta = data.delta.slice(known);
        return delta ? [{ type, data: { ...data, delta, offset: data.offset + known } }] : [];
      });
      waiting -= before - lengthOf(rows);
      release();
    },
    fail(error) {
      failure ??= { error };
      rows = [];
      waiting = 0;
      for (const waiter of [settled, room]) {
        waiter?.promise.catch(() => undefined); // nobody may be waiting any more
        waiter?.reject(failure.error);
      }
    },
  };

  function release() {
    if (waiting <= MAX_WAITING) room = void room?.resolve();
    if (waiting === 0) settled = void settled?.resolve();
  }
}

function lengthOf(rows: DeltaRow[]): number {
  return rows.reduce((sum, { data }) => sum + data.delta.length, 0);
}
