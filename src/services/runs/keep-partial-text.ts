import type { Change } from '../../events/change.ts';
import { deltaTypes } from '../../events/event-types.ts';
import { newId } from '../../ids.ts';
import { Prisma, type Run } from '../../store/generated/client.ts';
import { addMessages, type NewMessage } from '../history/message-rows.ts';
import type { RunEnd } from './run-end.ts';
import { millisecondsSinceStart } from './working-time.ts';

/** Makes messages of the text that the unfinished model call of an ending run has streamed, and a step of the call. */
export async function keepPartialText(
  change: Change,
  run: Pick<Run, 'id' | 'organizationId' | 'stepCount' | 'model'>,
  end: RunEnd,
): Promise<void> {
  const { tx, head } = change;
  if (head.openSeq === null && !end.openCall) return;
  const open = await readOpenMessages(change, run.id);
  // A call that is not whole cannot be made, nor shown to the model: nothing of it is kept.
  const texts = open.filter(({ type }) => type !== 'ToolCallDelta');
  const stepId = newId('Step');
  const model = run.model ?? '';
  await tx.step.create({
    data: {
      ...end.openCall?.usage,
      contextTokens: end.openCall?.usage?.totalTokens ?? null,
      id: stepId,
      organizationId: run.organizationId,
      runId: run.id,
      index: run.stepCount,
      status: end.status === 'CANCELLED' ? 'CANCELLED' : 'FAILED',
      model,
      provider: model.split('/', 1)[0] ?? '',
      stopReason: end.stopReason,
      completedAt: change.at,
      errorCode: end.error?.code ?? null,
      errorMessage: end.error?.message ?? null,
    },
  });
  const messages = texts.map(({ messageId, type, text }): NewMessage => {
    const place = { id: messageId, runId: run.id, stepId };
    return type === 'ReasoningDelta'
      ? { ...place, kind: 'REASONING', content: { text, isPartial: true } }
      : { ...place, kind: 'ASSISTANT', content: { text, model, isPartial: true } };
  });
  await addMessages(change, run.organizationId, messages);
  const [first] = texts;
  await tx.$executeRaw`
    UPDATE "Run"
    SET "stepCount" = "stepCount" + 1,
      "timeToFirstTokenMs" = coalesce("timeToFirstTokenMs",
        ${millisecondsSinceStart(Prisma.sql`${first?.createdAt ?? null}::timestamptz`)})
    WHERE id = ${run.id}`;
  head.openSeq = null;
}

/** The text of the unfinished model call, by message, in the order in which the messages were begun; of tool calls too. */
export async function readOpenMessages({ tx, head }: Change, runId: string) {
  if (head.openSeq === null) return [];
  return tx.$queryRaw<{ messageId: string; type: string; text: string; createdAt: Date }[]>`
    SELECT
      data->>'messageId' AS "messageId",
      min(type) AS type,
      string_agg(data->>'delta', '' ORDER BY seq) AS text,
      min("createdAt") AS "createdAt"
    FROM "ConversationEvent"
    WHERE "conversationId" = ${head.conversationId}
      AND seq >= ${head.openSeq}
      AND "runId" = ${runId}
      AND type = ANY(${deltaTypes}::text[])
    GROUP BY 1
    ORDER BY min(seq)`;
}
