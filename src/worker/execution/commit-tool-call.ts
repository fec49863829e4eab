import type { ToolFinishedEvent, ToolHandedOverEvent, ToolStartedEvent } from '../../agent/run-calls.ts';
import type { CallStatus } from '../../agent/message.ts';
import { changeHeldRun, type Change, type Hold } from '../../events/change.ts';
import { approvalDeadline, lacksApproval } from '../../services/approvals/approval.ts';
import { closeStep } from '../../services/runs/close-step.ts';
import type { Deps } from '../../services/deps.ts';

type StartDeps = Pick<Deps, 'db' | 'wakeups' | 'approvalTimeoutMs' | 'tools'>;

/**
 * Commits that a call is going to run: from here on it may have taken effect, whatever happens to this worker. Returns
 * what has become of it: only one that is RUNNING may be run.
 */
export function commitToolStart(deps: StartDeps, hold: Hold, { call }: ToolStartedEvent): Promise<CallStatus> {
  return beginCall(deps, hold, call.id, ({ at }) => ({ status: 'RUNNING', startedAt: at }));
}

/** Commits that a call waits for the client, which runs it. Returns what has become of it. */
export function commitToolHandOver(deps: StartDeps, hold: Hold, { call }: ToolHandedOverEvent): Promise<CallStatus> {
  return beginCall(deps, hold, call.id, ({ at }) => ({
    status: 'AWAITING_CLIENT',
    approvalExpiresAt: approvalDeadline(deps, at),
  }));
}

type Begun =
  | { status: 'RUNNING'; startedAt: Date }
  | { status: 'AWAITING_CLIENT' | 'AWAITING_APPROVAL'; approvalExpiresAt: Date | null };

function beginCall(deps: StartDeps, hold: Hold, id: string, begin: (change: Change) => Begun): Promise<CallStatus> {
  const { runId } = hold;
  return changeHeldRun(deps, hold, async (change) => {
    const { tx, append, at } = change;
    const call = await tx.toolCall.findUniqueOrThrow({ where: { id } });
    // Begun by an earlier try, or by a lost worker: that was told already.
    if (call.status !== 'REQUESTED') return call.status;
    const data: Begun = (await lacksApproval(tx, deps, call))
      ? { status: 'AWAITING_APPROVAL', approvalExpiresAt: approvalDeadline(deps, at) }
      : begin(change);
    await tx.toolCall.update({ where: { id }, data });
    append({ type: 'ToolCallUpdated', runId, data: { toolCallId: id, status: data.status } });
    return data.status;
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
