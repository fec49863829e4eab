import type { ToolFinishedEvent } from '../agent/loop.ts';
import type { ToolStartedEvent } from '../agent/tool.ts';
import { changeHeldRun, type Hold } from '../events/change.ts';
import type { Deps } from './deps.ts';
import { endRun } from './end-run.ts';
import { addMessages } from './message-rows.ts';

/** Commits that a call is going to run: from here on it may have taken effect, whatever happens to this worker. */
export async function commitToolStart(
  deps: Pick<Deps, 'db' | 'wakeups'>,
  hold: Hold,
  { callId: id }: ToolStartedEvent,
): Promise<void> {
  const { runId } = hold;
  await changeHeldRun(deps, hold, async ({ tx, append, at }) => {
    const data = { status: 'RUNNING', startedAt: at } as const;
    const { count } = await tx.toolCall.updateMany({ where: { id, status: 'REQUESTED' }, data });
    // Started by an earlier try, or by a lost worker: that was told already.
    if (count > 0) append({ type: 'ToolCallUpdated', runId, data: { toolCallId: id, status: 'RUNNING' } });
  });
}

/** Commits what a call came to; with the last one the step's returns and, when the run may take no further step, its end. */
export async function commitToolResult(
  deps: Pick<Deps, 'db' | 'wakeups'>,
  hold: Hold,
  { index, result, isLast, ending }: ToolFinishedEvent,
): Promise<void> {
  const { organizationId, runId } = hold;
  await changeHeldRun(deps, hold, async (change) => {
    const { tx, append, at } = change;
    const { id, status, result: text } = result;
    const { count } = await tx.toolCall.updateMany({
      where: { id, finishedAt: null },
      data: { status, result: text, finishedAt: at },
    });
    if (count === 0) return; // committed by an earlier try
    append({ type: 'ToolCallUpdated', runId, data: { toolCallId: id, status } });
    if (!isLast) return;
    const { id: stepId } = await tx.step.findUniqueOrThrow({ where: { runId_index: { runId, index } } });
    await addMessages(change, organizationId, [{ kind: 'TOOL_RETURN', content: {}, runId, stepId }]);
    if (ending) await endRun(change, runId, ending);
  });
}
