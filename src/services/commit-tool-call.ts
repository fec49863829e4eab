import type { ToolFinishedEvent, ToolHandedOverEvent, ToolStartedEvent } from '../agent/run-calls.ts';
import { changeHeldRun, type Hold } from '../events/change.ts';
import { approvalDeadline } from './approval-deadline.ts';
import { closeStep } from './close-step.ts';
import type { Deps } from './deps.ts';

/** Commits that a call is going to run: from here on it may have taken effect, whatever happens to this worker. */
export async function commitToolStart(
  deps: Pick<Deps, 'db' | 'wakeups'>,
  hold: Hold,
  { call: { id } }: ToolStartedEvent,
): Promise<void> {
  const { runId } = hold;
  await changeHeldRun(deps, hold, async ({ tx, append, at }) => {
    const data = { status: 'RUNNING', startedAt: at } as const;
    const { count } = await tx.toolCall.updateMany({ where: { id, status: 'REQUESTED' }, data });
    // Started by an earlier try, or by a lost worker: that was told already.
    if (count > 0) append({ type: 'ToolCallUpdated', runId, data: { toolCallId: id, status: 'RUNNING' } });
  });
}

/** Commits that a call which was approved waits for the client, which runs it. */
export async function commitToolHandOver(
  deps: Pick<Deps, 'db' | 'wakeups' | 'approvalTimeoutMs'>,
  hold: Hold,
  { call: { id } }: ToolHandedOverEvent,
): Promise<void> {
  const { runId } = hold;
  await changeHeldRun(deps, hold, async ({ tx, append, at }) => {
    const data = { status: 'AWAITING_CLIENT', approvalExpiresAt: approvalDeadline(deps, at) } as const;
    const { count } = await tx.toolCall.updateMany({ where: { id, status: 'REQUESTED' }, data });
    if (count > 0) append({ type: 'ToolCallUpdated', runId, data: { toolCallId: id, status: 'AWAITING_CLIENT' } });
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
