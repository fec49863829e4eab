import { awaitingStatuses } from '../../agent/tool.ts';
import { changeHeldRun, type Hold } from '../../events/change.ts';
import type { Deps } from '../../services/deps.ts';
import { restartStep } from './restart-step.ts';

/** Hands a run over in good order: another worker resumes it at once, and it does not count as a crash. */
export async function releaseRun(deps: Pick<Deps, 'db' | 'log' | 'wakeups'>, hold: Hold): Promise<void> {
  await changeHeldRun(deps, hold, async (change) => {
    await restartStep(change, hold.runId, 'The server that made this call was shut down.');
    change.head.activeClaim = null;
    await change.tx.$executeRaw`
      UPDATE "Run"
      SET status = 'QUEUED', "readyAt" = clock_timestamp(), owner = NULL, lease = NULL
      WHERE id = ${hold.runId}`;
  });
}

/**
 * Suspends a run whose calls wait for an approval or a client result: it has no worker and no lease then, and keeps its
 * turn. If all calls were decided meanwhile it changes nothing and returns `reread`.
 */
export async function suspendRun(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  hold: Hold,
): Promise<'suspended' | 'reread'> {
  const { runId } = hold;
  return changeHeldRun(deps, hold, async ({ tx, head, append, at }) => {
    const awaiting = await tx.toolCall.findMany({
      where: { runId, status: { in: awaitingStatuses } },
      orderBy: { index: 'asc' },
    });
    if (awaiting.length === 0) return 'reread';
    head.activeClaim = null;
    await tx.run.update({
      where: { id: runId },
      data: { status: 'REQUIRES_ACTION', owner: null, lease: null, parkedAt: at },
    });
    append({ type: 'RunRequiresAction', runId, data: { toolCallIds: awaiting.map(({ id }) => id) } });
    return 'suspended';
  });
}
