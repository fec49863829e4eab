import type { RetryEvent } from '../../agent/ask-model.ts';
import type { Change, Hold } from '../../events/change.ts';
import type { Deps } from '../../services/deps.ts';
import { addedUsage } from '../../services/runs/added-usage.ts';
import { readOpenMessages } from '../../services/runs/keep-partial-text.ts';
import { changeOnce } from './change-once.ts';

/** Announces that an abandoned model call is made again, if any text of it was streamed. */
export async function restartStep(change: Change, runId: string, reason: string): Promise<void> {
  if (change.head.openSeq !== null) await announceRestart(change, runId, reason);
}

/** Announces that the unfinished model call of a run is made again, and names its messages, which clients then drop. */
export async function announceRestart(change: Change, runId: string, reason: string): Promise<void> {
  const messageIds = (await readOpenMessages(change, runId)).map(({ messageId }) => messageId);
  change.append({ type: 'StepRestarted', runId, data: { messageIds, reason } });
  change.head.openSeq = null;
}

/** Announces that a failed model call is retried after `waitMs`, and stores the usage of the failed attempt. */
export async function retryStep(
  deps: Pick<Deps, 'db' | 'wakeups' | 'log'>,
  hold: Hold,
  { error, waitMs }: RetryEvent,
): Promise<void> {
  const { runId } = hold;
  const { code, message, usage } = error;
  // Not the message: a provider may quote what it was sent.
  deps.log.warn({ runId, code, waitMs: Math.round(waitMs) }, 'a model call failed; trying again');
  const reason = `${message.replace(/\.$/, '')}; trying again in ${Math.ceil(waitMs / 100) / 10} s`;
  await changeOnce(deps, hold, 'StepRestarted', async (change) => {
    if (usage) await change.tx.$executeRaw`UPDATE "Run" SET ${addedUsage(usage)} WHERE id = ${runId}`;
    await announceRestart(change, runId, reason);
  });
}
