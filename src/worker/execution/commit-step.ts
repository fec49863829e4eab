import { createHash } from 'node:crypto';
import type { ReplyEvent } from '../../agent/ask-model.ts';
import { isWhole } from '../../agent/model.ts';
import { isAwaiting } from '../../agent/tool.ts';
import { changeHeldRun, type Change, type Hold } from '../../events/change.ts';
import { newId } from '../../ids.ts';
import { Prisma } from '../../store/generated/client.ts';
import { addedUsage } from '../../services/runs/added-usage.ts';
import { approvalDeadline } from '../../services/approvals/approval.ts';
import { closeStep } from '../../services/runs/close-step.ts';
import type { Deps } from '../../services/deps.ts';
import { excludeRefused } from '../../services/history/exclude-refused.ts';
import { endOpenRun, openRunColumns, type OpenRun } from '../../services/runs/end-run.ts';
import { addMessages, type NewMessage } from '../../services/history/message-rows.ts';
import { millisecondsSinceStart } from '../../services/runs/working-time.ts';
import type { ModelUsage } from '../../usage.ts';

/** The run that a worker holds, as far as its steps need it. */
export interface HeldRun extends Hold {
  /** The handle of the model that it runs with. */
  model: string;
}

/**
 * Commits all messages of one model call, its step, its usage and, when it is the last one, the end of the run.
 * `firstTokenAt` is on this process's monotonic clock.
 */
export async function commitReply(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups' | 'approvalTimeoutMs'>,
  run: HeldRun,
  event: ReplyEvent,
  firstTokenAt: number | null,
): Promise<void> {
  const { organizationId, runId, model } = run;
  const { reply, calls, ending } = event;
  await changeHeldRun(deps, run, async (change) => {
    const { tx, head } = change;
    const stepId = newId('Step');
    const { count } = await tx.step.createMany({
      skipDuplicates: true,
      data: {
        ...reply.usage,
        contextTokens: reply.usage.totalTokens,
        id: stepId,
        organizationId,
        runId,
        index: event.index,
        status: ending?.status === 'FAILED' ? 'FAILED' : 'SUCCEEDED',
        model,
        provider: model.split('/', 1)[0] ?? '',
        stopReason: ending?.stopReason ?? null,
        completedAt: change.at,
        errorCode: ending?.error?.code ?? null,
        errorMessage: ending?.error?.message ?? null,
        leftOut: reply.leftOut ?? [],
        ...(reply.reasoningData != null && { reasoningData: reply.reasoningData }),
      },
    });
    // Nobody else makes steps of this run, so a step that is there is this one: only the answer to its COMMIT was lost.
    if (count === 0) return;
    await addMessages(change, organizationId, messagesOf(event, { runId, stepId }, model));
    await tx.toolCall.createMany({
      data: calls.map(({ wasRun: _not, extra, ...call }, index) => ({
        ...call,
        ...(extra != null && { extra }),
        finishedAt: call.result === null ? null : change.at,
        index,
        organizationId,
        runId,
        stepId,
        argumentsHash: createHash('sha256').update(call.argumentsText).digest('hex'),
        approvalExpiresAt: isAwaiting(call) ? approvalDeadline(deps, change.at) : null,
      })),
    });
    if (calls[0]) await closeStep(change, { organizationId, runId, stepId });
    const open = await recordStep(change, runId, reply.usage, firstTokenAt);
    head.openSeq = null;
    // Nothing but the filter's verdict came: it may be the input that it filters.
    if (ending?.error?.code === 'LLM_CONTENT_FILTER' && reply.text.trim() === '') await excludeRefused(change, runId);
    if (ending && !event.isPutOff) await endOpenRun(change, open, ending);
  });
}

function messagesOf(
  { reply, messageIds, calls, requirement }: ReplyEvent,
  place: { runId: string; stepId: string },
  model: string,
): NewMessage[] {
  const { text, reasoning, isReasoningSealed, usage } = reply;
  const isPartial = !isWhole(reply);
  const messages: NewMessage[] = [];
  if (reasoning)
    messages.push({
      ...place,
      id: messageIds.reasoning,
      kind: 'REASONING',
      content: { text: reasoning, isPartial },
    });
  else if (isReasoningSealed) messages.push({ ...place, kind: 'HIDDEN_REASONING', content: { state: 'REDACTED' } });
  else if (usage.reasoningTokens) messages.push({ ...place, kind: 'HIDDEN_REASONING', content: { state: 'OMITTED' } });
  if (text) messages.push({ ...place, id: messageIds.text, kind: 'ASSISTANT', content: { text, model, isPartial } });
  if (calls.some(({ needsDecision }) => !needsDecision))
    messages.push({ ...place, id: messageIds.toolCall, kind: 'TOOL_CALL', content: {} });
  if (calls.some(({ needsDecision }) => needsDecision))
    messages.push({ ...place, id: messageIds.approvalRequest, kind: 'APPROVAL_REQUEST', content: {} });
  if (requirement !== null) messages.push({ ...place, kind: 'SYSTEM', content: { text: requirement } });
  return messages;
}

/** A committed step forgives crashes. */
async function recordStep(
  { tx }: Change,
  runId: string,
  usage: ModelUsage,
  firstTokenAt: number | null,
): Promise<OpenRun> {
  const agoMs = firstTokenAt === null ? null : performance.now() - firstTokenAt;
  const firstToken = Prisma.sql`clock_timestamp() - ${agoMs}::float8 * interval '1 millisecond'`;
  const [run] = await tx.$queryRaw<OpenRun[]>`
    UPDATE "Run" SET "stepCount" = "stepCount" + 1, crashes = 0,
      "timeToFirstTokenMs" = coalesce("timeToFirstTokenMs", ${millisecondsSinceStart(firstToken)}), ${addedUsage(usage)}
    WHERE id = ${runId}
    RETURNING ${openRunColumns}`;
  return run!;
}
