import { v7 } from 'uuid';
import { failpoint } from '../failpoint.ts';
import { createLoop } from '../loop.ts';
import type { Deps } from '../services/deps.ts';
import { claimExpiredRuns, claimNamedRuns, claimReadyRuns } from './claim-runs.ts';
import { createHeldRuns } from './held-runs.ts';

const POLL_MS = 1000;
/** How soon runs are looked for that could not be claimed by their ids. */
const MISSED_MS = 50;
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
  const { log, sql, wakeups, models } = deps;
  const owner = v7();
  const held = createHeldRuns(deps, { leaseMs, renewMs: leaseMs / RENEWALS, onEnd: searchIfFull });
  /** Ready runs that this process was told of. */
  const queued = new Set<string>();
  const subscription = wakeups.subscribe(({ isRunReady, events }) => {
    const runIds = isRunReady
      ? events.flatMap(({ type, runId }) => (type === 'RunQueued' && runId ? [runId] : []))
      : [];
    for (const runId of runIds) queued.add(runId);
    if (runIds.length > 0) claiming.wake();
    // One that has ended makes room for another of its organization.
    else if (isRunReady || (perOrganization !== undefined && events.some(({ type }) => type === 'RunFinished')))
      search();
  });
  let nextTakeover = 0;
  let nextSearch = 0;
  /** Whether runs may be ready that have no room here. */
  let isFull = false;
  const claiming = createLoop({
    everyMs: POLL_MS,
    async work() {
      const started = performance.now();
      // First, so that runs that wait do not keep those from their worker that have lost it.
      if (started >= nextTakeover && concurrency > held.size()) {
        await claim(claimExpiredRuns);
        nextTakeover = started + POLL_MS;
      }
      await claimQueued(started);
      if (started >= nextSearch) {
        nextSearch = started + POLL_MS;
        await claim(claimReadyRuns);
        isFull = held.size() >= concurrency;
      }
      return nextSearch - started;
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

  function search() {
    nextSearch = 0;
    claiming.wake();
  }

  function searchIfFull() {
    if (isFull) search();
  }

  /** Claims the runs of `queued` by their ids, or has them found by a search where they do not all have room. */
  async function claimQueued(now: number) {
    const runIds = [...queued];
    queued.clear();
    if (runIds.length === 0) return;
    if (perOrganization !== undefined || runIds.length > concurrency - held.size()) nextSearch = 0;
    else if ((await claim((...options) => claimNamedRuns(...options, runIds))) < runIds.length)
      // Another process has them, or their heads were locked.
      nextSearch = Math.min(nextSearch, now + MISSED_MS);
  }

  /** Returns how many it has claimed. */
  async function claim(from: typeof claimReadyRuns): Promise<number> {
    const limit = concurrency - held.size();
    if (limit <= 0) return 0;
    // The lease counts from before it was asked for.
    const before = performance.now();
    const claims = await from(sql, { owner, leaseMs, limit, perOrganization, defaultModel: models.defaultHandle });
    failpoint(
      'after',
      claims.map(({ started }) => started),
    );
    for (const { organizationId, conversationId, started } of claims)
      wakeups.publish({ organizationId, conversationId, events: [started], isRunReady: false });
    for (const one of claims) held.take(one, before + leaseMs);
    return claims.length;
  }
}
