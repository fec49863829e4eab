import type { Sql } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { deltaTypes } from '../events/event-types.ts';

/** Small enough to hold up nobody. */
const BATCH = 1000;

/**
 * Deletes the deltas of runs that ended more than `retentionMs` ago, until there are none or `signal` aborts: their
 * messages hold the text. What replays the log passes over the holes. Several processes share the work.
 */
export async function sweepDeltas({ sql }: { sql: Sql }, retentionMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await sweepBatch(sql, retentionMs)));
}

/**
 * Of one run, at most a batch; false when no run was left. The range of a run holds deltas of others too: while it
 * waited in the queue, they ran. Only its row is locked, and no deltas of an ended run are to come.
 */
async function sweepBatch(sql: Sql, retentionMs: number): Promise<boolean> {
  const swept = await sql(Prisma.sql`
    WITH due AS (
      SELECT id, "conversationId", "firstEventSeq", "lastEventSeq" FROM "Run"
      WHERE "completedAt" <= statement_timestamp() - ${retentionMs} * interval '1 millisecond' AND "sweptAt" IS NULL
      ORDER BY "completedAt" LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED),
    batch AS (
      SELECT e."conversationId", e.seq FROM due, LATERAL (
        SELECT "conversationId", seq FROM "ConversationEvent"
        WHERE "conversationId" = due."conversationId" AND seq BETWEEN due."firstEventSeq" AND due."lastEventSeq"
          AND "runId" = due.id AND type = ANY(${deltaTypes}::text[])
        LIMIT ${BATCH}) AS e),
    gone AS (
      DELETE FROM "ConversationEvent" e USING batch WHERE e."conversationId" = batch."conversationId" AND e.seq = batch.seq)
    UPDATE "Run" r SET "sweptAt" = CASE WHEN (SELECT count(*) FROM batch) < ${BATCH} THEN clock_timestamp() END
    FROM due WHERE r.id = due.id RETURNING r.id`);
  return swept.length > 0;
}
