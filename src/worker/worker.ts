import { v7 } from 'uuid';
import { failpoint } from '../failpoint.ts';
import { createLoop } from '../loop.ts';
import type { Deps } from '../services/deps.ts';
import { claimExpiredRuns, claimReadyRuns } from './claim-runs.ts';
import { createHeldRuns } from './held-runs.ts';

const POLL_MS = 1000;
/** How often a lease is renewed before it passes. */
const RENEWALS = 3;

interface WorkerOptions {
  /** How many runs it carries at once. */
  concurrency: number;
  /** How long a run stays with a worker that does not renew its lease. */
  leaseMs: number;
  /** How many runs of one organization all workers carry at once; no limit when missing. */
  perOrganization?: number | undefined;
  /** How long dispose() lets runs finish before it hands them over. */
  graceMs: number;
}

/** Claims runs and carries them out until it is disposed. What it cannot finish then is handed over in good order. */
export function createWorker(deps: Deps, options: WorkerOptions): AsyncDisposable {
  const { concurrency, leaseMs, perOrganization, graceMs } = options;
  const { log, sql, wakeups } = deps;
  const owner = v7();
  const held = createHeldRuns(deps, { leaseMs, renewMs: leaseMs / RENEWALS, onEnd: () => claiming.wake() });
  const subscription = wakeups.subscribe(({ isRunReady, events }) => {
    // One that has ended makes room for another of its organization.
    if (isRunReady || events.some(({ type }) => type === 'RunFinished')) claiming.wake();
  });
  let nextTakeover = 0;
  const claiming = createLoop({
    everyMs: POLL_MS,
    async work() {
      const started = performance.now();
      // First, so that runs that wait do not keep those from their worker that have lost it.
      if (started >= nextTakeover && concurrency > held.size()) {
        await claim(claimExpiredRuns);
        nextTakeover = started + POLL_MS;
      }
      return (await claim(claimReadyRuns)) ? 0 : POLL_MS;
    },
    onError: (error) => log.warn({ err: error }, 'claiming runs failed; trying again'),
  });

  return {
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      await claiming[Symbol.asyncDispose]();
      await held.drain(graceMs);
    },
  };

  /** Whether there may be more to claim at once. */
  async function claim(from: typeof claimReadyRuns): Promise<boolean> {
    const limit = concurrency - held.size();
    if (limit <= 0) return false;
    // The lease counts from before it was asked for.
    const before = performance.now();
    const claims = await from(sql, { owner, leaseMs, limit, perOrganization });
    failpoint(
      'after',
      claims.map(({ started }) => started),
    );
    for (const { organizationId, conversationId, started } of claims)
      wakeups.publish({ organizationId, conversationId, events: [started], isRunReady: false });
    for (const one of claims) held.take(one, before + leaseMs);
    return claims.length === limit;
  }
}
