import { awaitingStatuses } from '../../agent/tool.ts';
import { changeConversation } from '../../events/change.ts';
import { NotFoundError } from '../../errors.ts';
import type { ToolCall } from '../../store/generated/client.ts';
import type { Deps } from '../deps.ts';
import { applyDecisions, type CallOutcome } from './apply-decisions.ts';
import { decisionOf } from '../history/stored-decision.ts';

const BATCH = 200;

/** Answers the calls for whose decision nobody has come in time, and lets their runs go on. */
export async function expireToolCalls(deps: Pick<Deps, 'db' | 'wakeups' | 'log'>, signal: AbortSignal): Promise<void> {
  // By id, so that one that cannot be answered now is passed over, and left to the next sweep.
  for (let after = ''; !signal.aborted;) {
    const runs = await deps.db.$queryRaw<{ id: string; conversationId: string }[]>`
      SELECT DISTINCT run.id, run."conversationId"
      FROM "ToolCall" AS call JOIN "Run" AS run ON run.id = call."runId"
      WHERE call."approvalExpiresAt" < clock_timestamp()
        AND call.status IN ('AWAITING_APPROVAL', 'AWAITING_CLIENT')
        AND run.id > ${after}
      ORDER BY run.id
      LIMIT ${BATCH}`;
    for (const { id, conversationId } of runs) {
      if (signal.aborted) return;
      await expireCallsOf(deps, id, conversationId).catch((error: unknown) => {
        if (error instanceof NotFoundError) return; // the conversation was deleted just now
        deps.log.warn({ runId: id, err: error }, 'answering calls that nobody decided failed; trying again');
      });
    }
    after = runs.at(-1)?.id ?? '';
    if (after === '') return;
  }
}

async function expireCallsOf(deps: Pick<Deps, 'db' | 'log' | 'wakeups'>, runId: string, conversationId: string) {
  await changeConversation(deps, conversationId, async (change) => {
    const run = await change.tx.run.findUniqueOrThrow({ where: { id: runId } });
    const expired = await change.tx.toolCall.findMany({
      where: { runId, status: { in: awaitingStatuses }, approvalExpiresAt: { lte: change.at } },
      orderBy: { index: 'asc' },
    });
    await applyDecisions(
      change,
      run,
      expired.map((call) => expire(call, change.at)),
    );
  });
}

function expire(call: ToolCall, at: Date): CallOutcome {
  const before = decisionOf(call);
  if (call.status === 'AWAITING_CLIENT')
    return { call, status: 'FAILED', decision: before, result: 'The client handed in no result in time.' };
  const reason = 'Nobody decided in time.';
  const approval = { approved: false, reason, decidedById: null, decidedAt: at.toISOString() };
  return { call, status: 'DENIED', decision: { ...before, approval }, result: `The call was not run. ${reason}` };
}
