import { insertEvents } from '../../events/insert-events.ts';
import { newId } from '../../ids.ts';
import type { Tx } from '../../store/database.ts';
import { Prisma } from '../../store/generated/client.ts';

interface Copied {
  id: string;
  position: number;
  contextRank: number | null;
  inContext: boolean;
  /** One of the same messages, if any. */
  coveredById: string | null;
}

/**
 * Copies messages, 2, 3 … of their history, behind the system prompt of a new conversation, each with its event: in one
 * statement, however many they are. They keep their steps, which have their tool calls, and their times.
 */
export async function copyMessages(tx: Tx, conversationId: string, messages: Copied[]): Promise<void> {
  const last = messages.at(-1);
  if (!last) return;
  const lastContextRank = messages.reduce((last, { contextRank }) => Math.max(last, contextRank ?? 0), 1);
  const idOf = new Map(messages.map(({ id }) => [id, newId('Message')]));
  const copies = messages.map(({ id: source, inContext, coveredById }) => ({
    id: idOf.get(source),
    source,
    inContext,
    coveredById: coveredById && idOf.get(coveredById),
  }));
  await tx.$executeRaw`
    WITH copied AS (
      SELECT copy.id AS "copyId", copy."inContext" AS "isInContext", copy."coveredById" AS "copyCoveredById", source.*
      FROM jsonb_to_recordset(${JSON.stringify(copies)}::jsonb)
        AS copy(id text, source text, "inContext" boolean, "coveredById" text)
      JOIN "Message" AS source ON source.id = copy.source),
    message AS (
      INSERT INTO "Message" (
        id, "organizationId", "conversationId", "stepId", kind, content, position,
        "contextRank", "inContext", "coveredById", "isRefused", otid, "senderId", "groupId", "createdAt")
      SELECT
        "copyId", "organizationId", ${conversationId}, "stepId", kind, content, position,
        "contextRank", "isInContext", "copyCoveredById", "isRefused", otid, "senderId", "groupId", "createdAt"
      FROM copied),
    event AS (
      ${insertEvents(Prisma.sql`
        SELECT ${conversationId}, position, NULL::text, 'MessageAdded', jsonb_build_object('messageId', "copyId")
        FROM copied`)})
    UPDATE "ConversationHead"
    SET "lastEventSeq" = ${last.position},
      "lastPosition" = ${last.position},
      "lastContextRank" = ${lastContextRank}
    WHERE "conversationId" = ${conversationId}`;
}
