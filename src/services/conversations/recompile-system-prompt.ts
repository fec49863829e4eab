import { changeConversation, type Change } from '../../events/change.ts';
import { findConversation } from '../access.ts';
import { compilePrompt } from '../history/compile-prompt.ts';
import type { Deps, Viewer } from '../deps.ts';
import { contentOf } from '../history/message-rows.ts';
import { requireIdle } from '../runs/require-idle.ts';

/** Returns the system prompt as of now. Unless it is a dry run, the conversation's first message has it then. */
export async function recompileSystemPrompt(
  deps: Pick<Deps, 'db' | 'wakeups'>,
  viewer: Viewer,
  input: { conversationId: string; dryRun?: boolean | null | undefined },
): Promise<{ conversationId: string; systemPrompt: string }> {
  const { id: conversationId } = await findConversation(deps, viewer, input.conversationId);
  const systemPrompt = input.dryRun
    ? await compilePrompt(deps.db, conversationId)
    : await changeConversation(deps, conversationId, rewritePrompt);
  return { conversationId, systemPrompt };
}

async function rewritePrompt(change: Change): Promise<string> {
  // A run keeps to the prompt that it began with.
  await requireIdle(change);
  const { tx, head, append } = change;
  const { conversationId } = head;
  const text = await compilePrompt(tx, conversationId);
  const first = await tx.message.findUniqueOrThrow({
    where: { conversationId_position: { conversationId, position: 1 } },
  });
  if (contentOf(first, 'SYSTEM').text !== text) {
    await tx.message.update({ where: { id: first.id }, data: { content: { text } } });
    append({ type: 'ContextChanged', runId: null, data: {} });
  }
  return text;
}
