import { InvalidInputError } from '../../errors.ts';
import { changeConversation } from '../../events/change.ts';
import { findConversation } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { endOpenRuns } from '../runs/end-run.ts';

/** Ends its runs, then hides it for good. Followers end with ConversationDeleted. Returns the conversation's id. */
export async function deleteConversation(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  viewer: Viewer,
  id: string,
): Promise<string> {
  const conversation = await findConversation(deps, viewer, id);
  if (conversation.isDefault) {
    throw new InvalidInputError([
      { path: ['id'], message: "an agent's default conversation goes with its agent; delete the agent" },
    ]);
  }
  await closeConversation(deps, conversation.id);
  return conversation.id;
}

/** Deletes any conversation, the default one too. */
export async function closeConversation(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  conversationId: string,
): Promise<void> {
  await changeConversation(deps, conversationId, async (change) => {
    await endOpenRuns(change);
    const { tx, head, append } = change;
    const copies = await tx.conversationBlock.findMany({ where: { conversationId } });
    await tx.conversationBlock.deleteMany({ where: { conversationId } });
    await tx.block.deleteMany({ where: { id: { in: copies.map(({ blockId }) => blockId) } } });
    await tx.$executeRaw`
      WITH run AS (
        UPDATE "Run"
        SET "deletedAt" = clock_timestamp()
        WHERE "conversationId" = ${conversationId})
      UPDATE "Conversation"
      SET "deletedAt" = clock_timestamp()
      WHERE id = ${conversationId}`;
    append({ type: 'ConversationDeleted', runId: null, data: {} });
    head.closed = true;
  });
}
