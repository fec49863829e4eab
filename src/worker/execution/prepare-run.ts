import { changeHeldRun } from '../../events/change.ts';
import type { Deps } from '../../services/deps.ts';
import { placeMessages } from '../../services/history/place-messages.ts';
import { readHeldRun } from './held-run-rows.ts';
import { toPreparedRun, type ClaimedRun, type PreparedRun } from './read-run.ts';
import { restartStep } from './restart-step.ts';

/**
 * The first thing a worker does with a run that it claimed: what a lost worker left unfinished is announced as
 * restarted, messages that waited with the run enter the history, and the context is read. Doing it twice does no harm.
 */
export async function prepareRun(
  deps: Pick<Deps, 'db' | 'sql' | 'log' | 'wakeups' | 'tools' | 'models'>,
  hold: ClaimedRun,
): Promise<PreparedRun> {
  const rows = await readHeldRun(deps.sql, hold);
  // Nobody but the holder of the claim changes either, so they may be read without the lock.
  if (rows.head.openSeq === null && !rows.hasWaitingInput) return toPreparedRun(deps, hold, rows);
  await changeHeldRun(deps, hold, async (change) => {
    await restartStep(change, hold.runId, 'The worker of this run was lost.');
    await placeMessages(change, hold.runId);
  });
  return toPreparedRun(deps, hold, await readHeldRun(deps.sql, hold));
}
