import type { Change } from '../events/change.ts';
import type { Run, ToolCallStatus } from '../store/generated/client.ts';
import type { RunEnd } from './end-run.ts';
import { addMessages } from './message-rows.ts';

const openStatuses: ToolCallStatus[] = ['REQUESTED', 'AWAITING_APPROVAL', 'AWAITING_CLIENT', 'RUNNING'];

/** Gives every call of an ending run that is still open its return, so that the next model call is well-formed. */
export async function closeToolCalls(change: Change, run: Run, end: RunEnd): Promise<void> {
  const { tx, append, at } = change;
  const open = await tx.toolCall.findMany({
    where: { runId: run.id, status: { in: openStatuses } },
    orderBy: { index: 'asc' },
  });
  const [first] = open;
  if (!first) return;
  const why = end.status === 'CANCELLED' ? 'the run was cancelled' : 'the run failed';
  for (const { id, status } of open) {
    const outcome = status === 'RUNNING' ? `Whether it took effect is not known: ${why}.` : `It was not run: ${why}.`;
    await tx.toolCall.update({ where: { id }, data: { status: 'CANCELLED', result: outcome, finishedAt: at } });
    append({ type: 'ToolCallUpdated', runId: run.id, data: { toolCallId: id, status: 'CANCELLED' } });
  }
  await addMessages(change, run.organizationId, [
    { kind: 'TOOL_RETURN', content: {}, runId: run.id, stepId: first.stepId },
  ]);
}
