import { changeHeldRun, type Change, type Hold } from '../../events/change.ts';
import type { EventType } from '../../events/event-types.ts';
import type { Deps } from '../../services/deps.ts';

/**
 * Changes a held run, and tells so by an event of this type, which nobody else appends meanwhile: by that it is seen that
 * the change was made already, and only the answer to its COMMIT was lost.
 */
export async function changeOnce(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  hold: Hold,
  type: EventType,
  work: (change: Change) => Promise<void>,
): Promise<void> {
  const { runId } = hold;
  let seqBefore: number | undefined;
  await changeHeldRun(deps, hold, async (change) => {
    const { tx, head } = change;
    const { conversationId } = head;
    const where = { conversationId, runId, type, seq: { gt: seqBefore ?? 0 } };
    if (seqBefore !== undefined && (await tx.conversationEvent.findFirst({ where }))) return;
    seqBefore = head.lastEventSeq;
    await work(change);
  });
}
