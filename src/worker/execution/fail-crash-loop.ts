import { changeHeldRun, type Hold } from '../../events/change.ts';
import type { Deps } from '../../services/deps.ts';
import { endRun } from '../../services/runs/end-run.ts';

/** So many lost workers without a committed step in between, and a run is given up. */
export const MAX_CRASHES = 3;

/** Ends a run that takes its worker down each time, before it takes the next one. */
export async function failCrashLoop(deps: Pick<Deps, 'db' | 'wakeups'>, hold: Hold): Promise<void> {
  const error = {
    code: 'CRASH_LOOP',
    message: `The run was given up: ${MAX_CRASHES} servers were lost while they worked on it.`,
  };
  await changeHeldRun(deps, hold, (change) =>
    endRun(change, hold.runId, { status: 'FAILED', stopReason: 'CRASH_LOOP', error }),
  );
}
