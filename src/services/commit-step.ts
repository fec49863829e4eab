import { createHash } from 'node:crypto';
import type { ReplyEvent, ToolReturnsEvent } from '../agent/loop.ts';
import type { ModelUsage } from '../agent/model.ts';
import { changeHeldRun, type Change, type Hold } from '../events/change.ts';
import { newId } from '../ids.ts';
import type { Deps } from './deps.ts';
import { endRun } from './end-run.ts';
import { addMessages, type NewMessage } from './message-rows.ts';

/** The run that a worker holds, as far as its steps need it. */
interface HeldRun extends Hold {
  /** The handle of the model that it runs with. */
  model: string;
}

/** Commits all messages of one model call, its step, its usage and, when it is the last one, the end of the run. */
export async function commitReply(
  deps: Pick<Deps, 'db' | 'wakeups'>,
  run: HeldRun,
  event: ReplyEvent,
  timeToFirstTokenMs: number | null,
): Promise<void> {
  const { organizationId, runId, model } = run;
  const { reply, calls, ending } = event;
  await changeHeldRun(deps, run, async (change) => {
    const { tx, head } = change;
    // Nobody else makes steps of this run, so a step that is there is this one: only the answer to its COMMIT was lost.
    if (await tx.step.findUnique({ where: { runId_index: { runId, index: event.index } } })) return;
    const stepId = newId('Step');
    await tx.step.create({
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
        completedAt: new Date(),
        errorCode: ending?.error?.code ?? null,
        errorMessage: ending?.error?.message ?? null,
      },
    });
    await addMessages(change, organizationId, messagesOf(event, { runId, stepId }, model));
    await tx.toolCall.createMany({
      data: calls.map(({ id, name, argumentsText }, index) => ({
        id,
        name,
        argumentsText,
        index,
        organizationId,
        runId,
        stepId,
        status: 'REQUESTED' as const,
        argumentsHash: createHash('sha256').update(argumentsText).digest('hex'),
      })),
    });
    await recordStep(change, runId, reply.usage, timeToFirstTokenMs);
    head.openSeq = null;
    if (ending) await endRun(change, runId, ending);
  });
}

/** Commits what the calls of a step came to and, when the run may take no further step, its end. */
export async function commitToolReturns(
  deps: Pick<Deps, 'db' | 'wakeups'>,
  run: HeldRun,
  { index, results, ending }: ToolReturnsEvent,
): Promise<void> {
  const { organizationId, runId } = run;
  await changeHeldRun(deps, run, async (change) => {
    const { tx, append } = change;
    const { id: stepId } = await tx.step.findUniqueOrThrow({ where: { runId_index: { runId, index } } });
    if (await tx.message.findFirst({ where: { stepId, kind: 'TOOL_RETURN' } })) return; // committed by an earlier try
    for (const { id, status, result } of results) {
      await tx.toolCall.update({ where: { id }, data: { status, result, finishedAt: new Date() } });
      append({ type: 'ToolCallUpdated', runId, data: { toolCallId: id, status } });
    }
    await addMessages(change, organizationId, [{ kind: 'TOOL_RETURN', content: {}, runId, stepId }]);
    if (ending) await endRun(change, runId, ending);
  });
}

function messagesOf(
  { reply, messageIds, calls }: ReplyEvent,
  place: { runId: string; stepId: string },
  model: string,
): NewMessage[] {
  const { text, reasoning } = reply;
  const messages: NewMessage[] = [];
  if (reasoning)
    messages.push({
      ...place,
      id: messageIds.reasoning,
      kind: 'REASONING',
      content: { text: reasoning, isPartial: false },
    });
  if (text)
    messages.push({ ...place, id: messageIds.text, kind: 'ASSISTANT', content: { text, model, isPartial: false } });
  if (calls.length > 0) messages.push({ ...place, kind: 'TOOL_CALL', content: {} });
  return messages;
}

/** Adds to what is known: a number that the provider did not say changes nothing. A committed step forgives crashes. */
async function recordStep({ tx }: Change, runId: string, usage: ModelUsage, timeToFirstTokenMs: number | null) {
  await tx.$executeRaw`
    UPDATE "Run" SET "stepCount" = "stepCount" + 1, crashes = 0,
      "timeToFirstTokenMs" = coalesce("timeToFirstTokenMs", ${timeToFirstTokenMs}::int),
      "promptTokens" = coalesce("promptTokens" + ${usage.promptTokens}::int, ${usage.promptTokens}::int, "promptTokens"),
      "completionTokens" = coalesce("completionTokens" + ${usage.completionTokens}::int, ${usage.completionTokens}::int, "completionTokens"),
      "totalTokens" = coalesce("totalTokens" + ${usage.totalTokens}::int, ${usage.totalTokens}::int, "totalTokens"),
      "cachedInputTokens" = coalesce("cachedInputTokens" + ${usage.cachedInputTokens}::int, ${usage.cachedInputTokens}::int, "cachedInputTokens"),
      "cacheWriteTokens" = coalesce("cacheWriteTokens" + ${usage.cacheWriteTokens}::int, ${usage.cacheWriteTokens}::int, "cacheWriteTokens"),
      "reasoningTokens" = coalesce("reasoningTokens" + ${usage.reasoningTokens}::int, ${usage.reasoningTokens}::int, "reasoningTokens"),
      "contextTokens" = coalesce(${usage.totalTokens}::int, "contextTokens")
    WHERE id = ${runId}`;
}
