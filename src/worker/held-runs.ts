import { setTimeout as sleep } from 'node:timers/promises';
import { FencedError, type Hold } from '../events/change.ts';
import type { Deps } from '../services/deps.ts';
import { createLoop } from '../loop.ts';
import { executeRun } from './execution/execute-run.ts';
import { failCrashLoop, MAX_CRASHES } from './execution/fail-run.ts';
import { releaseRun } from './execution/release-run.ts';
import type { Claim } from './claim-runs.ts';
import { renewLeases } from './renew-leases.ts';

const CHECK_MS = 500;
/** When the row of a run was locked just as its lease was to be renewed. */
const RENEW_AGAIN_MS = 250;

/** The runs that this process carries: each is stopped when its lease passes, or when somebody else ends or claims it. */
interface HeldRuns {
  size(): number;
  /** `deadline` is when the lease may have passed, on this process's monotonic clock. */
  take(claim: Claim, deadline: number): void;
  /** Lets runs finish for `graceMs`, then hands over the rest. */
  drain(graceMs: number): Promise<void>;
}

interface Held {
  claim: Claim;
  deadline: number;
  stop: AbortController;
  done: Promise<void>;
}

export function createHeldRuns(
  deps: Deps,
  { leaseMs, renewMs, onEnd }: { leaseMs: number; renewMs: number; onEnd: () => void },
): HeldRuns {
  const { log, sql, wakeups } = deps;
  const all = new Set<Held>();
  let failures = 0;

  // A cancel reaches a silent model call at once. One that gets lost is seen by the next renewal.
  const subscription = wakeups.subscribe(({ events }) => {
    for (const event of events)
      if (event.type === 'RunFinished') stopWhere(({ claim }) => claim.runId === event.runId, 'it has ended');
  });
  const checking = setInterval(
    () => stopWhere(({ deadline }) => performance.now() > deadline, 'its lease has passed'),
    CHECK_MS,
  );
  const renewing = createLoop({
    everyMs: renewMs,
    work: renew,
    onError(error) {
      failures += 1;
      log.warn({ err: error, runs: all.size }, 'renewing leases failed');
      if (failures >= 2) stopWhere(() => true, 'its lease could not be renewed');
    },
  });

  return {
    size: () => all.size,
    take(claim, deadline) {
      // A process that slept through a lease may find its own run expired.
      stopWhere((held) => held.claim.runId === claim.runId, 'its lease has passed');
      const stop = new AbortController();
      const held: Held = { claim, deadline, stop, done: Promise.resolve() };
      all.add(held);
      held.done = carry({ ...claim, signal: stop.signal }).finally(() => {
        all.delete(held);
        onEnd();
      });
    },
    async drain(graceMs) {
      const finished = Promise.all([...all].map(({ done }) => done));
      await Promise.race([finished, sleep(graceMs, undefined, { ref: false })]);
      await Promise.all([...all].map(handOver));
      clearInterval(checking);
      subscription[Symbol.dispose]();
      await renewing[Symbol.asyncDispose]();
    },
  };

  async function carry(claim: Claim & Hold) {
    const started = performance.now();
    try {
      log.info({ runId: claim.runId, claim: claim.claim }, 'run started');
      if (claim.crashes >= MAX_CRASHES) await failCrashLoop(deps, claim);
      else await executeRun(deps, claim);
      log.info({ runId: claim.runId, ms: Math.round(performance.now() - started) }, 'run left');
    } catch (error) {
      log.error({ runId: claim.runId, err: error }, 'a run failed on the server');
    }
  }

  async function handOver({ claim, stop, done }: Held) {
    stop.abort(new Error('the server is shutting down'));
    await done;
    await releaseRun(deps, { ...claim, signal: stop.signal }).catch((error: unknown) => {
      // It ended by itself in the meantime, or its lease passes and it is taken over.
      if (!(error instanceof FencedError)) log.warn({ runId: claim.runId, err: error }, 'handing over a run failed');
    });
  }

  function stopWhere(isMeant: (held: Held) => boolean, reason: string) {
    for (const held of all) if (isMeant(held)) held.stop.abort(new Error(reason));
  }

  /** Returns when to renew next: soon, if a run that is still ours was locked. */
  async function renew(): Promise<number> {
    if (all.size === 0) return renewMs;
    const before = performance.now();
    const asked = [...all];
    const claims = asked.map(({ claim }) => claim);
    // By claim: a run that this process lost and took over again is there twice for a moment.
    const renewals = new Map(
      (await renewLeases(sql, claims, leaseMs)).map((row) => [`${row.runId} ${row.claim}`, row]),
    );
    for (const held of asked) {
      const renewal = renewals.get(`${held.claim.runId} ${held.claim.claim}`);
      if (renewal?.isRenewed) held.deadline = before + leaseMs;
      else if (!renewal?.isOurs) held.stop.abort(new Error('another worker has it'));
    }
    failures = 0;
    return [...renewals.values()].some(({ isRenewed, isOurs }) => !isRenewed && isOurs) ? RENEW_AGAIN_MS : renewMs;
  }
}
