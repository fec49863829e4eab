import { changeHeldRun, FencedError } from '../../events/change.ts';
import type { Deps } from '../../services/deps.ts';
import { placeMessages } from '../../services/history/place-messages.ts';
import { loadRun, readRun, type ClaimedRun, type PreparedRun } from './read-run.ts';
import { restartStep } from './restart-step.ts';

/**
 * The first thing a worker does with a run that it claimed: what a lost worker left unfinished is announced as
 * restarted, messages that waited with the run enter the history, and the context is read. Doing it twice does no harm.
 */
export async function prepareRun(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups' | 'tools' | 'models'>,
  hold: ClaimedRun,
): Promise<PreparedRun> {
  const run = await loadRun(deps, hold.runId);
  const { head } = run.conversation;
  // It may have ended before this process had the answer to its claim: the hint of that found nothing to stop.
  if (head?.activeRunId !== hold.runId || head.activeClaim !== hold.claim) throw new FencedError(hold);
  // Nobody but the holder of the claim changes either, so they may be read without the lock.
  const isUnfinished = head.openSeq !== null;
  if (isUnfinished || run.messages.length > 0) {
    await changeHeldRun(deps, hold, async (change) => {
      await restartStep(change, hold.runId, 'The worker of this run was lost.');
      await placeMessages(change, run.id);
    });
  }
  return readRun(deps, hold, run);
}
