import { CompactionError } from '../../../agent/compaction/compact.ts';
import type { Model } from '../../../agent/model.ts';
import { changeHeldRun, type Hold } from '../../../events/change.ts';
import { compactContext } from './compact-context.ts';
import type { Deps } from '../../../services/deps.ts';
import { endRun } from '../../../services/runs/end-run.ts';
import type { PreparedRun } from '../read-run.ts';

/** The whole of a run that was asked for by compactConversation. It ends with the summary, or says why there is none. */
export async function compactOnRequest(deps: Deps, hold: Hold, run: PreparedRun, model: Model): Promise<void> {
  try {
    await compactContext(deps, hold, run, model, 'REQUESTED');
  } catch (error) {
    if (!(error instanceof CompactionError)) throw error;
    const { code, message } = error;
    await changeHeldRun(deps, hold, (change) =>
      endRun(change, hold.runId, { status: 'FAILED', stopReason: 'ERROR', error: { code, message } }),
    );
  }
}
