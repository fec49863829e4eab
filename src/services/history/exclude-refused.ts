import type { Change } from '../../events/change.ts';

/**
 * Takes out of the context what the provider has not accepted yet, after it refused a request for its content: what was sent
 * since the last answer, or else the last answer's tool calls with their returns. It stays in the history, marked, and the
 * next message is answered without it.
 */
export async function excludeRefused({ tx, head, append }: Change, runId: string): Promise<void> {
  const { conversationId } = head;
  // An answer proves that everything before it was accepted. Its own calls and returns were not sent yet.
  const refused = await tx.$queryRaw<{ id: string }[]>`
    WITH context AS (
      SELECT id, kind, "stepId", "contextRank", position
      FROM "Message"
      WHERE "conversationId" = ${conversationId} AND "inContext"),
    answer AS (
      SELECT "stepId", max("contextRank") OVER (PARTITION BY "stepId") AS last,
        bool_or(kind = 'TOOL_RETURN') OVER (PARTITION BY "stepId") AS "hasReturns"
      FROM context
      WHERE "stepId" IS NOT NULL
      ORDER BY "contextRank" DESC
      LIMIT 1)
    UPDATE "Message" AS message
    SET "inContext" = false, "isRefused" = true
    FROM context LEFT JOIN answer ON true
    WHERE message.id = context.id
      AND context.position > 1
      AND context.kind <> 'SUMMARY'
      AND (context."contextRank" > coalesce(answer.last, 0) OR (context."stepId" = answer."stepId" AND answer."hasReturns"))
    RETURNING message.id`;
  const refusedMessageIds = refused.map(({ id }) => id).toSorted();
  if (refusedMessageIds.length > 0) append({ type: 'ContextChanged', runId, data: { refusedMessageIds } });
}
