import { ConversationBusyError, PendingApprovalError } from '../../errors.ts';
import type { Change } from '../../events/change.ts';

/** Refuses what only an idle conversation can do: no run of it may be open. */
export async function requireIdle({ tx, head }: Change): Promise<void> {
  if (head.activeRunId === null) return;
  const active = await tx.run.findUniqueOrThrow({ where: { id: head.activeRunId } });
  throw active.status === 'REQUIRES_ACTION'
    ? new PendingApprovalError(active.id)
    : new ConversationBusyError(active.id);
}
