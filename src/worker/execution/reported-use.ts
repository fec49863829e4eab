import { tokensOf } from '../../agent/compaction/context-meter.ts';
import { buildPrompt } from '../../agent/prompt.ts';
import type { Db } from '../../store/database.ts';
import type { Run } from '../../store/generated/client.ts';
import type { ContextRow, StepRow } from '../../services/history/context-rows.ts';
import { toContextMessage } from '../../services/history/message-rows.ts';

/** As much as an int4 can hold. */
const MAX_SEQ = 2 ** 31 - 1;

/** What the first `length` messages of a prompt have taken, by what the provider said. */
export interface ReportedUse {
  length: number;
  tokens: number;
}

/**
 * The last word of a provider on this context. Nothing when it was of another model, or when the context has changed since
 * otherwise than at its end.
 */
export async function reportedUse(
  db: Db,
  rows: ContextRow[],
  run: Pick<Run, 'id' | 'conversationId'> & { model: string },
): Promise<ReportedUse | undefined> {
  const index = rows.findLastIndex(({ kind, step }) => step && kind !== 'TOOL_RETURN' && kind !== 'SYSTEM');
  const row = rows[index];
  const tokens = row?.step && tokensOf(row.step);
  if (!row?.step || tokens == null || row.step.model !== run.model) return undefined;
  if (rows.some(({ kind, position }) => kind === 'SUMMARY' && (position ?? 0) > (row.position ?? 0))) return undefined;
  // While a run is open nothing else changes the context.
  if (row.step.runId !== run.id && (await hasChangedSince(db, run, row.step))) return undefined;
  const length = 1 + buildPrompt(rows.slice(0, index + 1).map(toContextMessage), new Map()).length;
  return { length, tokens };
}

/**
 * Whether it was changed after the run of that step, as by undoing a compaction, or one of the two runs has a system prompt
 * of its own. While that run waits for decisions, nothing else changes the context. A fork has steps of runs that are not in
 * its log.
 */
async function hasChangedSince(db: Db, { id, conversationId }: Pick<Run, 'id' | 'conversationId'>, { runId }: StepRow) {
  const [answer] = await db.$queryRaw<{ hasChanged: boolean }[]>`
    SELECT (SELECT request->>'system' FROM "Run" WHERE id = ${id}) IS DISTINCT FROM
        (SELECT request->>'system' FROM "Run" WHERE id = ${runId})
      OR EXISTS (SELECT 1 FROM "ConversationEvent" WHERE "conversationId" = ${conversationId} AND type = 'ContextChanged' AND seq >
      coalesce((SELECT coalesce("lastEventSeq", ${MAX_SEQ}::int) FROM "Run" WHERE id = ${runId} AND "conversationId" = ${conversationId}), 0)) AS "hasChanged"`;
  return answer?.hasChanged ?? false;
}
