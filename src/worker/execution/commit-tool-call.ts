import type { CallStatus } from '../../agent/message.ts';
import type { CallPorts, ToolFinishedEvent } from '../../agent/run-calls.ts';
import { changeConversation, changeHeldRun, type Hold } from '../../events/change.ts';
import { approvalDeadline, lacksApproval } from '../../services/approvals/approval.ts';
import { closeStep } from '../../services/runs/close-step.ts';
import type { Deps } from '../../services/deps.ts';

/**
 * Commits that a call begins: from here on it may have taken effect, whatever happens to this worker. A call that has to be
 * approved after all waits for that instead.
 */
export function beginCall(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups' | 'approvalTimeoutMs' | 'tools'>,
  hold: Hold,
  ...[{ id }, wanted]: Parameters<CallPorts['beginCall']>
): Promise<CallStatus> {
  return changeHeldRun(deps, hold, async ({ tx, append, at }) => {
    const call = await tx.toolCall.findUniqueOrThrow({ where: { id } });
    // Begun by an earlier try, or by a lost worker: that was told already.
    if (call.status !== 'REQUESTED') return call.status;
    const status = (await lacksApproval(tx, deps, call)) ? 'AWAITING_APPROVAL' : wanted;
    const times = status === 'RUNNING' ? { startedAt: at } : { approvalExpiresAt: approvalDeadline(deps, at) };
    await tx.toolCall.update({ where: { id }, data: { status, ...times } });
    append({ type: 'ToolCallUpdated', runId: hold.runId, data: { toolCallId: id, status } });
    return status;
  });
}

/** Commits what a call came to; with the last one of its step the step's returns. */
export async function commitToolResult(
  deps: Pick<Deps, 'db' | 'wakeups' | 'log'>,
  hold: Hold,
  { call: { id, name }, status, result, error }: ToolFinishedEvent,
): Promise<void> {
  const { runId } = hold;
  if (error !== undefined) deps.log.error({ runId, toolCallId: id, tool: name, err: error }, 'a tool failed');
  await changeHeldRun(deps, hold, async (change) => {
    const { tx, append, at } = change;
    const { count } = await tx.toolCall.updateMany({
      where: { id, finishedAt: null },
      data: { status, result, finishedAt: at },
    });
    if (count === 0) return; // committed by an earlier try
    append({ type: 'ToolCallUpdated', runId, data: { toolCallId: id, status } });
    await closeStep(change, await tx.toolCall.findUniqueOrThrow({ where: { id } }));
  });
}

/**
 * Stores the return of a tool that finished when its run had ended already, in place of the word that nobody knows
 * whether it took effect. Nobody waits for this, and it may fail: that word then stays.
 */
export function keepReturn(
  deps: Pick<Deps, 'db' | 'wakeups' | 'log'>,
  { runId, conversationId }: Hold,
  { call: { id }, status, result, error }: ToolFinishedEvent,
): void {
  if (error !== undefined) return; // it may have failed for the very reason that its run had ended
  changeConversation(deps, conversationId, async ({ tx, append }) => {
    const where = { id, status: 'CANCELLED', startedAt: { not: null } } as const;
    const { count } = await tx.toolCall.updateMany({ where, data: { status, result } });
    // Nothing of a run comes after its end: to the log this is an event of the conversation.
    if (count > 0) append({ type: 'ToolCallUpdated', runId: null, data: { toolCallId: id, status } });
  }).catch((failure: unknown) =>
    deps.log.debug({ runId, toolCallId: id, err: failure }, 'the return of a tool that finished late was not stored'),
  );
}
