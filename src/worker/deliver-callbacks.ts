import { createLoop } from '../loop.ts';
import { claimCallbacks, type DueCallback } from '../services/callbacks/claim-callbacks.ts';
import type { Deps } from '../services/deps.ts';
import { deliverCallback, type CallbackOptions } from '../services/callbacks/deliver-callback.ts';

/** The most that a delivery is late if its wake-up was lost, or the run ended in a process that cannot wake this one. */
const POLL_MS = 1000;
/** Callbacks of runs that end within this time are claimed together. */
const GAP_MS = 50;
const CONCURRENCY = 50;

type CallbackDeps = Pick<Deps, 'sql' | 'log' | 'wakeups'>;

/** Delivers the callbacks of ended runs, and retries failed deliveries. Disposal waits for the deliveries under way. */
export function startCallbacks(deps: CallbackDeps, options: CallbackOptions): AsyncDisposable {
  const { sql, log, wakeups } = deps;
  const deliveries = new Set<Promise<void>>();
  /** The last claim used all free slots: more callbacks may be due. */
  let isFull = false;
  const claiming = createLoop({
    everyMs: POLL_MS,
    gapMs: GAP_MS,
    async work() {
      const room = CONCURRENCY - deliveries.size;
      const due = room > 0 ? await claimCallbacks(sql, room) : [];
      due.forEach(deliver);
      // The first delivery to finish claims again.
      isFull = due.length === room;
    },
    onError: (error) => log.warn({ err: error }, 'claiming callbacks failed; trying again'),
  });
  const subscription = wakeups.subscribe(
    ({ events }) => events.some(({ type }) => type === 'RunFinished') && claiming.wake(),
  );

  return {
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      await claiming[Symbol.asyncDispose]();
      await Promise.all(deliveries);
    },
  };

  function deliver(due: DueCallback) {
    const delivery = deliverCallback(deps, due, options)
      .catch((error: unknown) => log.warn({ runId: due.runId, err: error }, 'storing the outcome of a callback failed'))
      .finally(() => {
        deliveries.delete(delivery);
        if (isFull) claiming.wake();
      });
    deliveries.add(delivery);
  }
}
