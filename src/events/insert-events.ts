import { Prisma } from '../store/generated/client.ts';

/**
 * The one statement that writes to the log. `rows` selects what it appends: the conversation's id, the seq, the run's
 * id, the type and the data. Returns the entries.
 */
export function insertEvents(rows: Prisma.Sql, createdAt: Prisma.Sql = Prisma.sql`clock_timestamp()`): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO "ConversationEvent" ("conversationId", seq, "runId", type, data, "createdAt")
    SELECT entry.*, ${createdAt} FROM (${rows}) AS entry
    RETURNING "conversationId", seq, "runId", type, data, "createdAt"`;
}
