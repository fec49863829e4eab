import { setTimeout as sleep } from 'node:timers/promises';
import { createWaker } from '../events/waker.ts';
import { claimCallbacks, type DueCallback } from '../services/callbacks/claim-callbacks.ts';
import type { Deps } from '../services/deps.ts';
import { deliverCallback, type CallbackOptions } from '../services/callbacks/deliver-callback.ts';

/** How late a callback, or its next try, is at most when its wake-up was lost, or its run ended in a process without a way to tell this one. */
const POLL_MS = 1000;
const RETRY_MS = 5000;
/** Runs that end within this time of the last look are looked for together. */
const GAP_MS = 50;
const CONCURRENCY = 50;

type CallbackDeps = Pick<Deps, 'sql' | 'log' | 'wakeups'>;

/** Tells the ends of runs to their callback URLs, as they come and, after failures, again. Disposing lets the posts under way finish. */
export function startCallbacks(deps: CallbackDeps, options: CallbackOptions): AsyncDisposable {
  const { sql, log, wakeups } = deps;
  const stopped = new AbortController();
  const waker = createWaker();
  const telling = new Set<Promise<void>>();
  /** The last look found as many as there was room for: there may be more. */
  let isFull = false;
  const subscription = wakeups.subscribe(
    ({ events }) => events.some(({ type }) => type === 'RunFinished') && waker.wake(),
  );
  const looking = keepLooking();

  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      waker.wake();
      subscription[Symbol.dispose]();
      await looking;
      await Promise.all(telling);
    },
  };

  async function keepLooking() {
    while (!stopped.signal.aborted) {
      let waitMs = POLL_MS;
      await look().catch((error: unknown) => {
        log.warn({ err: error }, 'looking for callbacks failed; trying again');
        waitMs = RETRY_MS;
      });
      await sleep(GAP_MS, undefined, { signal: stopped.signal }).catch(() => undefined); // stopped: the loop ends
      await waker.next(waitMs);
    }
  }

  /** Begins what is due. */
  async function look(): Promise<void> {
    const room = CONCURRENCY - telling.size;
    const due = room > 0 ? await claimCallbacks(sql, room) : [];
    due.forEach(tell);
    // The first that is done looks again.
    isFull = due.length === room;
  }

  function tell(due: DueCallback) {
    const told = deliverCallback(deps, due, options)
      .catch((error: unknown) => log.warn({ runId: due.runId, err: error }, 'keeping the outcome of a callback failed'))
      .finally(() => {
        telling.delete(told);
        if (isFull) waker.wake();
      });
    telling.add(told);
  }
}
