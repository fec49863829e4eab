import type { Change } from '../events/change.ts';
import { readOpenTexts } from './keep-partial-text.ts';

/** Tells that the unfinished model call of a run is made again, and which messages of it to drop. */
export async function restartStep(change: Change, runId: string, reason: string): Promise<void> {
  if (change.head.openSeq === null) return;
  const messageIds = (await readOpenTexts(change, runId)).map(({ messageId }) => messageId);
  change.append({ type: 'StepRestarted', runId, data: { messageIds, reason } });
  change.head.openSeq = null;
}
