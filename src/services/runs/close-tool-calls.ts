import { awaitingStatuses } from '../../agent/tool.ts';
import type { Change } from '../../events/change.ts';
import type { Run, ToolCallStatus } from '../../store/generated/client.ts';
import type { RunEnd } from './run-end.ts';
import { addMessages } from '../history/message-rows.ts';

const openStatuses: ToolCallStatus[] = ['REQUESTED', ...awaitingStatuses, 'RUNNING'];

/** Gives every call of an ending run that is still open its return, so that the next model call is well-formed. */
export async function closeToolCalls(change: Change, run: Run, end: RunEnd): Promise<void> {
  const { tx, append, at } = change;
  const open = await tx.toolCall.findMany({
    where: { runId: run.id, status: { in: openStatuses } },
    orderBy: { index: 'asc' },
  });
  const [first] = open;
  if (!first) return;
  for (const { id, status } of open) {
    const data = outcomeOf(status, end);
    await tx.toolCall.update({ where: { id }, data: { ...data, finishedAt: at, approvalExpiresAt: null } });
    append({ type: 'ToolCallUpdated', runId: run.id, data: { toolCallId: id, status: data.status } });
  }
  await addMessages(change, run.organizationId, [
    { kind: 'TOOL_RETURN', content: {}, runId: run.id, stepId: first.stepId },
  ]);
}

function outcomeOf(status: ToolCallStatus, end: RunEnd) {
  if (end.isInterrupted && awaitingStatuses.includes(status))
    return { status: 'DENIED', result: 'It was not run: another message was sent instead of a decision.' } as const;
  const why = end.status === 'CANCELLED' ? 'the run was cancelled' : 'the run failed';
  const result = status === 'RUNNING' ? `Whether it took effect is not known: ${why}.` : `It was not run: ${why}.`;
  return { status: 'CANCELLED', result } as const;
}
