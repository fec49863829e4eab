import { newId } from '../ids.ts';
import type { Tx } from '../store/database.ts';

interface Copied {
  id: string;
  position: number;
  contextRank: number | null;
  inContext: boolean;
}

/**
 * Copies messages, 2, 3 … of their history, behind the system prompt of a new conversation, each with its event: in one
 * statement, however many they are. They keep their steps, which have their tool calls, and their times.
 */
export async function copyMessages(tx: Tx, conversationId: string, messages: Copied[]): Promise<void> {
  const last = messages.at(-1);
  if (!last) return;
  const lastContextRank = messages.reduce((last, { contextRank }) => Math.max(last, contextRank ?? 0), 1);
  const copies = messages.map(({ id: source, inContext }) => ({ id: newId('Message'), source, inContext }));
  await tx.$executeRaw`
    WITH copied AS (
      SELECT copy.id AS "copyId", copy."inContext" AS "isInContext", source.*
      FROM jsonb_to_recordset(${JSON.stringify(copies)}::jsonb) AS copy(id text, source text, "inContext" boolean)
      JOIN "Message" AS source ON source.id = copy.source),
    message AS (
      INSERT INTO "Message" (id, "organizationId", "conversationId", "stepId", kind, content, position, "contextRank", "inContext",
        otid, "senderId", "groupId", "createdAt")
      SELECT "copyId", "organizationId", ${conversationId}, "stepId", kind, content, position, "contextRank", "isInContext",
        otid, "senderId", "groupId", "createdAt"
      FROM copied),
    event AS (
      INSERT INTO "ConversationEvent" ("conversationId", seq, type, data)
      SELECT ${conversationId}, position, 'MessageAdded', jsonb_build_object('messageId', "copyId") FROM copied)
    UPDATE "ConversationHead" SET "lastEventSeq" = ${last.position}, "lastPosition" = ${last.position},
      "lastContextRank" = ${lastContextRank}
    WHERE "conversationId" = ${conversationId}`;
}
