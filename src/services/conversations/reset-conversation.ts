import type { MessageContent } from '../../agent/message.ts';
import { changeConversation } from '../../events/change.ts';
import { findConversation } from '../access.ts';
import { compilePrompt } from '../history/compile-prompt.ts';
import type { Deps, Viewer } from '../deps.ts';
import { contentOf } from '../history/message-rows.ts';
import { requireIdle } from '../runs/require-idle.ts';

/**
 * Leaves nothing in the context but the system prompt, which is compiled anew; the history stays. To do it again changes
 * nothing. Returns the conversation's id.
 */
export async function resetConversation(
  deps: Pick<Deps, 'db' | 'wakeups'>,
  viewer: Viewer,
  id: string,
): Promise<string> {
  const { id: conversationId } = await findConversation(deps, viewer, id);
  await changeConversation(deps, conversationId, async (change) => {
    await requireIdle(change);
    const { tx, append } = change;
    const prompt = await tx.message.findUniqueOrThrow({
      where: { conversationId_position: { conversationId, position: 1 } },
    });
    const { count } = await tx.message.updateMany({
      where: { conversationId, inContext: true, id: { not: prompt.id } },
      data: { inContext: false },
    });
    const content: MessageContent['SYSTEM'] = { text: await compilePrompt(tx, conversationId) };
    const isSame = content.text === contentOf(prompt, 'SYSTEM').text;
    if (!isSame) await tx.message.update({ where: { id: prompt.id }, data: { content } });
    if (count > 0 || !isSame) append({ type: 'ContextChanged', runId: null, data: {} });
  });
  return conversationId;
}
