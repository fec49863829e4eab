import type { Fence } from './change.ts';
import { textIdOf, type DeltaType, type EventData, type TextDeltaType, type ToolCallPiece } from './event-types.ts';

/**
 * Both in UTF-16 units, of which a megabyte holds half a million. A row is delivered as one event, and a subscriber that
 * does not read holds one: so it does not grow without end.
 */
const MAX_PIECE = 4 * 1024;
const MAX_WAITING = 500_000;

export type DeltaRow = { [Type in DeltaType]: { type: Type; data: EventData[Type] } }[DeltaType];

/** Where one claim of a run puts the text it streams. */
export interface DeltaSink extends Disposable {
  /** Queues a piece of text. Returns a promise only when 1 MB of this run waits: read no more until it resolves. */
  push(type: TextDeltaType, messageId: string, delta: string): void | Promise<void>;
  /** The same for a piece of a tool call's arguments. The first one may be empty. */
  pushCall(piece: Omit<ToolCallPiece, 'offset'>): void | Promise<void>;
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
  /** Drops what the database has already, by how far each text is stored. */
  dropStored(ends: Map<string, number>): void;
  /** Drops everything; pushing and draining reject with `error` from now on. */
  fail(error: unknown): void;
}

export function createDeltaSink(fence: Fence, onPush: () => void, onClose: () => void): DeltaSink & Pending {
  const ends = new Map<string, number>();
  let rows: DeltaRow[] = [];
  let waiting = 0;
  /** One without text waits too. */
  let waitingRows = 0;
  let failure: { error: unknown } | undefined;
  let settled: PromiseWithResolvers<void> | undefined;
  let room: PromiseWithResolvers<void> | undefined;

  return {
    fence,
    push: (type, messageId, delta) => add({ type, data: { messageId, delta, offset: 0 } }),
    pushCall: (piece) => add({ type: 'ToolCallDelta', data: { ...piece, offset: 0 } }),
    async drain() {
      if (failure) throw failure.error;
      if (waitingRows > 0) await (settled ??= Promise.withResolvers()).promise;
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
      waitingRows -= taken.length;
      release();
    },
    dropStored(stored) {
      const before = rows;
      waiting -= lengthOf(rows);
      rows = rows.filter(({ data }) => {
        const end = stored.get(textIdOf(data));
        if (end === undefined) return true;
        const known = Math.max(0, end - data.offset);
        data.delta = data.delta.slice(known);
        data.offset += known;
        return data.delta !== '';
      });
      waiting += lengthOf(rows);
      waitingRows -= before.length - rows.length;
      release();
    },
    fail(error) {
      failure ??= { error };
      rows = [];
      waiting = 0;
      waitingRows = 0;
      for (const waiter of [settled, room]) {
        waiter?.promise.catch(() => undefined); // nobody may be waiting any more
        waiter?.reject(failure.error);
      }
    },
  };

  function add(row: DeltaRow): void | Promise<void> {
    if (failure) throw failure.error;
    const { type, data } = row;
    const id = textIdOf(data);
    data.offset = ends.get(id) ?? 0;
    ends.set(id, data.offset + data.delta.length);
    waiting += data.delta.length;
    const last = rows.at(-1);
    // While a statement is on its way, what follows in the same text becomes one row.
    const isSame = last?.type === type && textIdOf(last.data) === id;
    if (isSame && last.data.delta.length < MAX_PIECE) last.data.delta += data.delta;
    else {
      rows.push(row);
      waitingRows += 1;
    }
    onPush();
    if (waiting > MAX_WAITING) return (room ??= Promise.withResolvers()).promise;
  }

  function release() {
    if (waiting <= MAX_WAITING) room = void room?.resolve();
    if (waitingRows === 0) settled = void settled?.resolve();
  }
}

function lengthOf(rows: DeltaRow[]): number {
  return rows.reduce((sum, { data }) => sum + data.delta.length, 0);
}
