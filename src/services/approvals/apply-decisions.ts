import { awaitingStatuses } from '../../agent/tool.ts';
import type { Change } from '../../events/change.ts';
import type { Prisma, Run, ToolCall } from '../../store/generated/client.ts';
import { closeStep } from '../runs/close-step.ts';
import { addMessages } from '../history/message-rows.ts';
import type { StoredDecision } from '../history/stored-decision.ts';

/** What a decision makes of a waiting call. REQUESTED: it is approved, and runs next. */
export interface CallOutcome {
  call: ToolCall;
  status: 'REQUESTED' | 'DENIED' | 'SUCCEEDED' | 'FAILED';
  decision: StoredDecision;
  result?: string;
  stdout?: string[];
  stderr?: string[];
}

/** Stores decisions on waiting calls of an open run. With the last one that it waits for, the run resumes. */
export async function applyDecisions(change: Change, run: Run, outcomes: CallOutcome[]): Promise<void> {
  const [first] = outcomes;
  if (!first) return;
  const { tx, append, at } = change;
  const { organizationId, runId, stepId } = first.call;
  for (const { call, decision, ...result } of outcomes) {
    const { status } = result;
    const finishedAt = status === 'REQUESTED' ? null : at;
    await tx.toolCall.update({
      where: { id: call.id },
      data: { ...result, decision: decision as Prisma.InputJsonObject, finishedAt, approvalExpiresAt: null },
    });
    append({ type: 'ToolCallUpdated', runId, data: { toolCallId: call.id, status } });
  }
  const toolCallIds = outcomes.map(({ call }) => call.id);
  await addMessages(change, organizationId, [{ kind: 'APPROVAL_RESPONSE', content: { toolCallIds }, runId, stepId }]);
  if (outcomes.some(({ status }) => status !== 'REQUESTED')) await closeStep(change, first.call);
  if (run.status === 'REQUIRES_ACTION') await resumeIfDecided(change, runId);
}

/** Nothing overtakes it: its turn has stayed its own, or a compaction has it, and returns it when it ends. */
async function resumeIfDecided({ tx, head }: Change, runId: string): Promise<void> {
  const awaiting = await tx.toolCall.count({ where: { runId, status: { in: awaitingStatuses } } });
  if (awaiting > 0) return;
  await tx.$executeRaw`
    UPDATE "Run"
    SET status = 'QUEUED',
      "readyAt" = CASE WHEN ${head.activeRunId === runId}::boolean THEN clock_timestamp() END,
      "parkedAt" = NULL,
      "waitedMs" = LEAST("waitedMs" + extract(epoch FROM clock_timestamp() - "parkedAt") * 1000, 2147483647)::int
    WHERE id = ${runId}`;
}
