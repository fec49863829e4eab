import { changeConversation } from '../../events/change.ts';
import { findRun } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { endRun } from './end-run.ts';
import { cancelled } from './run-end.ts';

/**
 * Ends the run in the caller's own transaction, wherever its worker is: when this returns, the run has ended, and nothing
 * of it comes after. A run that had ended before stays as it is.
 */
export async function cancelRun(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  viewer: Viewer,
  runId: string,
): Promise<void> {
  const run = await findRun(deps, viewer, runId);
  await changeConversation(deps, run.conversationId, (change) => endRun(change, run.id, cancelled));
}
