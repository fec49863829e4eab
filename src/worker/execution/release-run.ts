import { changeHeldRun, type Hold } from '../../events/change.ts';
import type { Deps } from '../../services/deps.ts';
import { restartStep } from './restart-step.ts';

/** Gives a run back in good order: another worker goes on at once, and it does not count as a crash. */
export async function releaseRun(deps: Pick<Deps, 'db' | 'wakeups'>, hold: Hold): Promise<void> {
  await changeHeldRun(deps, hold, async (change) => {
    await restartStep(change, hold.runId, 'The server that made this call was shut down.');
    change.head.activeClaim = null;
    await change.tx.$executeRaw`
      UPDATE "Run" SET status = 'QUEUED', "readyAt" = clock_timestamp(), owner = NULL, lease = NULL WHERE id = ${hold.runId}`;
  });
}
