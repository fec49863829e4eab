import { changeConversation, type Change } from '../../events/change.ts';
import { findConversation } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { compilePrompt, writePrompt } from '../history/compile-prompt.ts';
import { requireIdle } from '../runs/require-idle.ts';

/** Returns the system prompt as of now. Unless it is a dry run, the conversation's first message has it then. */
export async function recompileSystemPrompt(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
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
  const text = await compilePrompt(change.tx, change.head.conversationId);
  if (await writePrompt(change, text)) change.append({ type: 'ContextChanged', runId: null, data: {} });
  return text;
}
