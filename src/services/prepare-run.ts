import { changeHeldRun, type Change, type Hold } from '../events/change.ts';
import type { Deps } from './deps.ts';
import { loadRun, readRun, type PreparedRun } from './read-run.ts';
import { restartStep } from './restart-step.ts';

/**
 * The first thing a worker does with a run that it claimed: what a lost worker left unfinished is announced as
 * restarted, messages that waited with the run enter the history, and the context is read. Doing it twice does no harm.
 */
export async function prepareRun(
  deps: Pick<Deps, 'db' | 'wakeups' | 'tools' | 'models'>,
  hold: Hold,
): Promise<PreparedRun> {
  const run = await loadRun(deps, hold.runId);
  // Nobody but the holder of the claim changes either, so they may be read without the lock.
  const isUnfinished = run.conversation.head?.openSeq != null;
  if (isUnfinished || run.messages.length > 0) {
    await changeHeldRun(deps, hold, async (change) => {
      await restartStep(change, hold.runId, 'The worker of this run was lost.');
      await placeMessages(change, run.id);
    });
  }
  return readRun(deps, hold, run);
}

async function placeMessages({ tx, head, append }: Change, runId: string) {
  const waiting = await tx.message.findMany({ where: { runId, position: null }, orderBy: { id: 'asc' } });
  for (const { id } of waiting) {
    const place = { position: ++head.lastPosition, contextRank: ++head.lastContextRank, inContext: true };
    await tx.message.update({ where: { id }, data: place });
    append({ type: 'MessageAdded', runId, data: { messageId: id } });
  }
}
