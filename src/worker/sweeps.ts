import { sweepDeletedAgents } from '../services/agents/delete-agent.ts';
import type { Deps } from '../services/deps.ts';
import { expireToolCalls } from '../services/approvals/expire-tool-calls.ts';
import { sweepAgentLastRuns } from '../services/runs/refresh-agent-last-run.ts';
import type { CallbackOptions } from '../services/callbacks/deliver-callback.ts';
import { sweepDeltas } from './sweep-deltas.ts';
import { createLoop } from '../loop.ts';
import { startCallbacks } from './deliver-callbacks.ts';

const EVERY_MS = 30_000;

interface SweepOptions {
  callbacks: CallbackOptions;
  deltaRetentionMs: number;
}

/** Finishes, every half minute, what a process that died has left half done, and what is done long after a run. */
export function startSweeps(deps: Deps, { callbacks, deltaRetentionMs }: SweepOptions): AsyncDisposable {
  const sweeps = new AsyncDisposableStack();
  // Each on its own: one that fails, or takes long, does not keep the others.
  sweeps.use(repeat('deleted agents', (signal) => sweepDeletedAgents(deps, signal)));
  sweeps.use(repeat('agents behind', (signal) => sweepAgentLastRuns(deps, signal)));
  sweeps.use(repeat('undecided calls', (signal) => expireToolCalls(deps, signal)));
  sweeps.use(repeat('deltas', (signal) => sweepDeltas(deps, deltaRetentionMs, signal)));
  sweeps.use(startCallbacks(deps, callbacks));
  return sweeps;

  function repeat(name: string, work: (signal: AbortSignal) => Promise<void>): AsyncDisposable {
    const onError = (error: unknown) => deps.log.warn({ sweep: name, err: error }, 'a sweep failed; trying again');
    return createLoop({ everyMs: EVERY_MS, work, onError });
  }
}
