import { ToolError, type ToolRequest } from '../../../agent/tool.ts';
import type { Hold } from '../../../events/change.ts';
import type { Deps } from '../../../services/deps.ts';
import { editMemory, memoryEdits } from './edit-memory.ts';
import { searchConversation } from './search-conversation.ts';

/**
 * Runs a call of a tool that is part of the server, and returns what the model is told. To run it again is the same as
 * running it once. A refusal is a ToolError.
 */
export async function runBuiltIn(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  hold: Hold,
  name: string,
  request: Pick<ToolRequest, 'id' | 'arguments'>,
): Promise<string> {
  if (name === 'conversation_search') return searchConversation(deps, hold, request.arguments);
  const edit = memoryEdits.get(name);
  if (!edit) throw new ToolError(`There is no built-in tool ${JSON.stringify(name)}.`);
  return editMemory(deps, hold, request, edit.parse(request.arguments));
}
