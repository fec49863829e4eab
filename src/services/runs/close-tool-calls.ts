import { isBuiltIn, isReadOnly } from '../../agent/built-in-tools.ts';
import { awaitingStatuses } from '../../agent/tool.ts';
import type { Change } from '../../events/change.ts';
import type { Run, ToolCall, ToolCallStatus } from '../../store/generated/client.ts';
import { tellChange } from '../blocks/tell-change.ts';
import type { RunEnd } from './run-end.ts';
import { addMessages } from '../history/message-rows.ts';

const openStatuses: ToolCallStatus[] = ['REQUESTED', ...awaitingStatuses, 'RUNNING'];

/** Gives every call of an ending run that is still open its return, so that the next model call is well-formed. */
export async function closeToolCalls(
  change: Change,
  run: Pick<Run, 'id' | 'organizationId'>,
  end: RunEnd,
): Promise<void> {
  const { tx, append, at } = change;
  const open = await tx.toolCall.findMany({
    where: { runId: run.id, status: { in: openStatuses } },
    orderBy: { index: 'asc' },
  });
  const [first] = open;
  if (!first) return;
  const edits = await editsOf(change, open);
  for (const call of open) {
    const { id } = call;
    const data = edits.get(id) ?? outcomeOf(call, end);
    await tx.toolCall.update({ where: { id }, data: { ...data, finishedAt: at, approvalExpiresAt: null } });
    append({ type: 'ToolCallUpdated', runId: run.id, data: { toolCallId: id, status: data.status } });
  }
  await addMessages(change, run.organizationId, [
    { kind: 'TOOL_RETURN', content: {}, runId: run.id, stepId: first.stepId },
  ]);
}

/**
 * What memory tools at work have done. An edit is made under the lock that this transaction holds, and by the run alone:
 * one that is not there comes no more.
 */
async function editsOf({ tx }: Change, open: ToolCall[]) {
  const ids = open.filter(({ status, name }) => status === 'RUNNING' && isBuiltIn(name)).map(({ id }) => id);
  const edits =
    ids.length === 0
      ? []
      : await tx.blockVersion.findMany({ where: { toolCallId: { in: ids } }, include: { block: true } });
  return new Map(
    edits.map(({ toolCallId, block, ...version }) => [
      toolCallId,
      { status: 'SUCCEEDED', result: tellChange(block.label, version) } as const,
    ]),
  );
}

function outcomeOf({ status, name }: ToolCall, end: RunEnd) {
  if (end.isInterrupted && awaitingStatuses.includes(status))
    return { status: 'DENIED', result: 'It was not run: another message was sent instead of a decision.' } as const;
  const why = end.status === 'CANCELLED' ? 'the run was cancelled' : 'the run failed';
  return { status: 'CANCELLED', result: resultOf() } as const;

  function resultOf(): string {
    if (status !== 'RUNNING') return `It was not run: ${why}.`;
    if (isReadOnly(name)) return `It was not finished: ${why}. It only reads: you may call it again.`;
    return isBuiltIn(name) ? `It was not run: ${why}.` : `Whether it took effect is not known: ${why}.`;
  }
}
