import { ConversationBusyError, PendingApprovalError } from '../../errors.ts';
import type { Change } from '../../events/change.ts';

/** Refuses what only an idle conversation can do: no run of it may be open. */
export async function requireIdle(change: Change): Promise<void> {
  const { activeRunId } = change.head;
  if (activeRunId === null) return;
  await requireDecided(change);
  throw new ConversationBusyError(activeRunId);
}

/** Throws PendingApprovalError when a run of the conversation waits for decisions, also while a compaction has its turn. */
export async function requireDecided({ tx, head: { conversationId } }: Change): Promise<void> {
  const waiting = await tx.run.findFirst({
    where: { conversationId, status: 'REQUIRES_ACTION' },
    select: { id: true },
  });
  if (waiting) throw new PendingApprovalError(waiting.id);
}
