import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { failpoint } from '../failpoint.ts';
import type { Logger } from '../log.ts';
import type { Sql } from '../store/database.ts';
import { sqlState } from '../store/unavailable.ts';
import { createDeltaSink, type DeltaSink, type Pending } from './delta-sink.ts';
import { flushDeltas, readStoredEnds } from './flush-deltas.ts';
import { FencedError, type Hold } from './change.ts';
import type { Wakeups } from './wakeups.ts';

/** Statements are at least this far apart: below it a statement costs more than the tokens it carries. */
const GAP_MS = 3;
/** And so far when every head that it wanted was locked. */
const BUSY_GAP_MS = 25;
const RETRY_MS = 200;

/**
 * Commits the deltas of all runs of this process together, one statement at a time, the next as soon as the last is done.
 * Alone, a token is committed at once; under load the batches grow by themselves.
 */
export interface DeltaWriter extends AsyncDisposable {
  /** The sink fails as soon as the hold's signal aborts, whatever the database does. */
  open(hold: Hold): DeltaSink;
}

export function createDeltaWriter({ sql, wakeups, log }: { sql: Sql; wakeups: Wakeups; log: Logger }): DeltaWriter {
  const sinks = new Set<Pending>();
  let running: Promise<void> | undefined;

  return {
    open(hold) {
      const sink = createDeltaSink(
        hold,
        () => (running ??= run()),
        () => sinks.delete(sink),
      );
      sinks.add(sink);
      const fail = () => sink.fail(hold.signal.reason);
      if (hold.signal.aborted) fail();
      else hold.signal.addEventListener('abort', fail, { once: true });
      return sink;
    },
    async [Symbol.asyncDispose]() {
      for (const sink of sinks) sink.fail(new Error('The writer is closed'));
      await running;
    },
  };

  async function run() {
    // The tokens of one network read arrive in one turn: let them all in.
    await turn();
    for (let groups = collect(); groups.length > 0; groups = collect()) {
      const started = performance.now();
      const gapMs = (await flush(groups)) ? GAP_MS : BUSY_GAP_MS;
      await sleep(Math.max(0, gapMs - (performance.now() - started)));
    }
    running = undefined;
  }

  /** At most one run of a conversation a statement: it touches a head once. */
  function collect(): Pending[] {
    const due = [...sinks].filter((sink) => sink.hasRows());
    return [...new Map(due.map((sink) => [sink.fence.conversationId, sink])).values()];
  }

  /** Whether anything has come of it. */
  async function flush(groups: Pending[]): Promise<boolean> {
    try {
      return await write(groups);
    } catch (error) {
      const isBadData = /^2[23]/.test(sqlState(error) ?? '');
      if (isBadData && groups.length > 1) for (const group of groups) await flush([group]);
      else if (isBadData) groups[0]?.fail(error);
      else await recover(groups, error);
      return true;
    }
  }

  async function write(groups: Pending[]): Promise<boolean> {
    const taken = groups.map((sink) => ({ fence: sink.fence, rows: sink.take() }));
    const outcome = await flushDeltas(sql, taken).catch((error: unknown) => {
      groups.forEach((sink, index) => sink.putBack(taken[index]?.rows ?? []));
      throw error;
    });
    for (const [index, sink] of groups.entries()) {
      const rows = taken[index]?.rows ?? [];
      const { organizationId, conversationId } = sink.fence;
      const events = outcome.get(conversationId);
      // A head that is busy is not waited for: one held head would stall every run.
      if (!events) sink.putBack(rows);
      else if (events === 'fenced') sink.fail(new FencedError(sink.fence));
      else {
        failpoint('after', events);
        sink.written(rows);
        wakeups.publish({ organizationId, conversationId, events, isRunReady: false });
      }
    }
    return outcome.size > 0;
  }

  /** After a lost connection nobody knows whether the statement was committed: ask before writing again. */
  async function recover(groups: Pending[], error: unknown) {
    log.warn({ err: error, runs: groups.length }, 'writing deltas failed; trying again');
    await sleep(RETRY_MS);
    for (const sink of groups) {
      while (sink.hasRows()) {
        try {
          sink.dropStored(await readStoredEnds(sql, sink.fence));
          break;
        } catch {
          await sleep(RETRY_MS); // Still away, and logged above. A run that loses its lease fails its sink.
        }
      }
    }
  }
}
