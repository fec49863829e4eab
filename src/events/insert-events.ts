import { Prisma } from '../store/generated/client.ts';

/**
 * Appends facts to the log and returns them. `rows` selects the conversation's id, the seq, the run's id, the type and
 * the data of each. Deltas have a statement of their own, which returns no rows: `flushDeltas`.
 */
export function insertEvents(rows: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO "ConversationEvent" ("conversationId", seq, "runId", type, data, "createdAt")
    SELECT entry.*, clock_timestamp() FROM (${rows}) AS entry
    RETURNING "conversationId", seq, "runId", type, data, "createdAt"`;
}
