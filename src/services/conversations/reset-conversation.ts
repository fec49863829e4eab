import { changeConversation } from '../../events/change.ts';
import { findConversation } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { compilePrompt, writePrompt } from '../history/compile-prompt.ts';
import { requireIdle } from '../runs/require-idle.ts';

/**
 * Leaves nothing in the context but the system prompt, which is compiled anew; the history stays. To do it again changes
 * nothing. Returns the conversation's id.
 */
export async function resetConversation(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  viewer: Viewer,
  id: string,
): Promise<string> {
  const { id: conversationId } = await findConversation(deps, viewer, id);
  await changeConversation(deps, conversationId, async (change) => {
    await requireIdle(change);
    const { tx, append } = change;
    const { count } = await tx.message.updateMany({
      where: { conversationId, inContext: true, position: { not: 1 } },
      data: { inContext: false },
    });
    const isNewPrompt = await writePrompt(change, await compilePrompt(tx, conversationId));
    if (count > 0 || isNewPrompt) append({ type: 'ContextChanged', runId: null, data: {} });
  });
  return conversationId;
}
