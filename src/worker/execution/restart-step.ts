import type { Change } from '../../events/change.ts';
import { readOpenMessages } from '../../services/runs/keep-partial-text.ts';

/** Tells that a model call which nobody goes on with is made again, if anybody has seen text of it. */
export async function restartStep(change: Change, runId: string, reason: string): Promise<void> {
  if (change.head.openSeq !== null) await announceRestart(change, runId, reason);
}

/** Tells that the unfinished model call of a run is made again, and which messages of it to drop, if any. */
export async function announceRestart(change: Change, runId: string, reason: string): Promise<void> {
  const messageIds = (await readOpenMessages(change, runId)).map(({ messageId }) => messageId);
  change.append({ type: 'StepRestarted', runId, data: { messageIds, reason } });
  change.head.openSeq = null;
}
