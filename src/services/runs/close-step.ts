import type { Change } from '../../events/change.ts';
import type { ToolCall } from '../../store/generated/client.ts';
import { addMessages } from '../history/message-rows.ts';

/** Writes the returns of a step as soon as all its calls have got theirs. Call it once for each call that is closed. */
export async function closeStep(
  change: Change,
  { organizationId, runId, stepId }: Pick<ToolCall, 'organizationId' | 'runId' | 'stepId'>,
): Promise<void> {
  const open = await change.tx.toolCall.count({ where: { stepId, finishedAt: null } });
  if (open === 0) await addMessages(change, organizationId, [{ kind: 'TOOL_RETURN', content: {}, runId, stepId }]);
}
