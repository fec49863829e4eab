import type { Sql } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import type { Fence } from './change.ts';
import type { DeltaRow } from './delta-sink.ts';
import { deltaTypes, textIdOf, type ConversationEvent, type Delta } from './event-types.ts';

interface FlushGroup {
  fence: Fence;
  rows: DeltaRow[];
}

/**
 * Appends the rows of all groups in one statement, each group fenced by its head; at most one group a conversation.
 * A conversation that is missing from the answer has a busy head: nothing of it was written, try again later.
 */
export async function flushDeltas(
  sql: Sql,
  groups: FlushGroup[],
): Promise<Map<string, ConversationEvent[] | 'fenced'>> {
  const rows = groups.flatMap(({ fence, rows }) => rows.map((row, index) => ({ ...row, fence, ord: index + 1 })));
  const written = await sql<{ conv: string; base: number | null; createdAt: Date }>(Prisma.sql`
    WITH want(conv, run, claim, n) AS (
      SELECT * FROM unnest(${groups.map(({ fence }) => fence.conversationId)}::text[], ${groups.map(({ fence }) => fence.runId)}::text[],
        ${groups.map(({ fence }) => fence.claim)}::int[], ${groups.map((group) => group.rows.length)}::int[])),
    locked AS (
      SELECT h."conversationId" AS conv, h."activeRunId" AS run, h."activeClaim" AS claim
      FROM "ConversationHead" h JOIN want w ON w.conv = h."conversationId" FOR NO KEY UPDATE OF h SKIP LOCKED),
    bumped AS (
      UPDATE "ConversationHead" h SET "lastEventSeq" = h."lastEventSeq" + w.n, "openSeq" = coalesce(h."openSeq", h."lastEventSeq" + 1)
      FROM want w JOIN locked l ON l.conv = w.conv AND l.run = w.run AND l.claim = w.claim
      WHERE h."conversationId" = w.conv RETURNING w.conv, w.run, h."lastEventSeq" - w.n AS base),
    added AS (
      INSERT INTO "ConversationEvent" ("conversationId", seq, "runId", type, data, "createdAt")
      SELECT b.conv, b.base + r.ord, b.run, r.type, r.data, statement_timestamp()
      FROM bumped b JOIN unnest(${rows.map(({ fence }) => fence.conversationId)}::text[], ${rows.map(({ ord }) => ord)}::int[],
        ${rows.map(({ type }) => type)}::text[], ${rows.map(({ data }) => JSON.stringify(data))}::jsonb[]) AS r(conv, ord, type, data) ON r.conv = b.conv)
    SELECT l.conv, b.base, statement_timestamp()::timestamptz(3) AS "createdAt" FROM locked l LEFT JOIN bumped b ON b.conv = l.conv`);
  const answers = new Map(written.map((answer) => [answer.conv, answer]));
  const outcome = new Map<string, ConversationEvent[] | 'fenced'>();
  for (const { fence, rows } of groups) {
    const { conversationId, runId } = fence;
    const answer = answers.get(conversationId);
    if (!answer) continue;
    const { base, createdAt } = answer;
    outcome.set(
      conversationId,
      base === null
        ? 'fenced'
        : rows.map((row, index) => ({ ...row, conversationId, runId, createdAt, seq: base + index + 1 })),
    );
  }
  return outcome;
}

/** How far each text of the run is stored already, in UTF-16 units, when a flush was lost on its way or on its way back. */
export async function readStoredEnds(sql: Sql, { conversationId, runId }: Fence): Promise<Map<string, number>> {
  // The lost statement may still be waiting or working. Whoever gets its lock comes after it.
  await sql(Prisma.sql`SELECT 1 FROM "ConversationHead" WHERE "conversationId" = ${conversationId} FOR NO KEY UPDATE`);
  const last = await sql<{ data: Delta }>(Prisma.sql`
    SELECT DISTINCT ON (coalesce(e.data->>'toolCallId', e.data->>'messageId')) e.data FROM "ConversationEvent" e JOIN "ConversationHead" h USING ("conversationId")
    WHERE e."conversationId" = ${conversationId} AND e."runId" = ${runId} AND e.seq >= h."openSeq" AND e.type = ANY(${deltaTypes}::text[])
    ORDER BY coalesce(e.data->>'toolCallId', e.data->>'messageId'), e.seq DESC`);
  return new Map(last.map(({ data }) => [textIdOf(data), data.offset + data.delta.length]));
}
