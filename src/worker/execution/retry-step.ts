import type { RetryEvent } from '../../agent/ask-model.ts';
import type { Hold } from '../../events/change.ts';
import { addedUsage } from '../../services/runs/added-usage.ts';
import { changeOnce } from './change-once.ts';
import type { Deps } from '../../services/deps.ts';
import { announceRestart } from './restart-step.ts';

/** Takes back the text of a try that failed, and tells why nothing comes until the next one. Keeps what the try used. */
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
