import { awaitingStatuses } from '../../agent/tool.ts';
import { changeHeldRun, type Hold } from '../../events/change.ts';
import type { Deps } from '../../services/deps.ts';

/**
 * Lets go of a run whose calls wait for decisions: it then holds no worker and no lease, and keeps its turn. Returns
 * false, and changes nothing, when everything has been decided meanwhile.
 */
export async function parkRun(deps: Pick<Deps, 'db' | 'wakeups'>, hold: Hold): Promise<boolean> {
  const { runId } = hold;
  return changeHeldRun(deps, hold, async ({ tx, head, append, at }) => {
    const awaiting = await tx.toolCall.findMany({
      where: { runId, status: { in: awaitingStatuses } },
      orderBy: { index: 'asc' },
    });
    if (awaiting.length === 0) return false;
    head.activeClaim = null;
    await tx.run.update({
      where: { id: runId },
      data: { status: 'REQUIRES_ACTION', owner: null, lease: null, parkedAt: at },
    });
    append({ type: 'RunRequiresAction', runId, data: { toolCallIds: awaiting.map(({ id }) => id) } });
    return true;
  });
}
