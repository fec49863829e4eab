import type { Change } from '../../events/change.ts';
import { Prisma, type Run } from '../../store/generated/client.ts';
import type { RunEnd } from './run-end.ts';
import { noteEnds } from './note-ends.ts';
import { millisecondsSinceStart } from './working-time.ts';

export type EndingRun = Pick<Run, 'id' | 'kind' | 'agentId' | 'conversationId'>;

/** Writes that runs of one conversation have ended, and what their conversation and their agent keep of it. */
export async function recordEnds(
  { tx, afterCommit }: Change,
  ends: { run: EndingRun; lastEventSeq: number }[],
  { status, stopReason, error }: RunEnd,
): Promise<void> {
  const [first] = ends;
  if (!first) return;
  const places = ends.map(({ run: { id }, lastEventSeq }) => ({ id, seq: lastEventSeq }));
  const agents = await tx.$executeRaw`
    WITH agent AS (SELECT id FROM "Agent" WHERE id = ${first.run.agentId} FOR NO KEY UPDATE SKIP LOCKED),
    ended AS (
      UPDATE "Run" SET status = ${status}::"RunStatus", "stopReason" = ${stopReason}::"StopReason", owner = NULL, lease = NULL,
        "readyAt" = NULL, "lastEventSeq" = place.seq, "errorCode" = ${error?.code ?? null}, "errorMessage" = ${error?.message ?? null},
        "completedAt" = clock_timestamp(), "callbackDueAt" = CASE WHEN "callbackUrl" IS NOT NULL THEN clock_timestamp() END,
        "durationMs" = ${millisecondsSinceStart(Prisma.sql`coalesce("parkedAt", clock_timestamp())`)}, "parkedAt" = NULL,
        "isAgentBehind" = kind = 'MESSAGE' AND NOT EXISTS (SELECT FROM agent)
      FROM jsonb_to_recordset(${JSON.stringify(places)}::jsonb) AS place(id text, seq int)
      WHERE "Run".id = place.id RETURNING "completedAt", kind),
    completion AS (SELECT max("completedAt") AS at FROM ended WHERE kind = 'MESSAGE'),
    conversation AS (
      UPDATE "Conversation" SET "lastRunCompletion" = GREATEST("lastRunCompletion", completion.at),
        "lastActivityAt" = GREATEST("lastActivityAt", completion.at)
      FROM completion WHERE id = ${first.run.conversationId} AND completion.at IS NOT NULL)
    UPDATE "Agent" SET "lastRunCompletion" = completion.at, "lastStopReason" = ${stopReason}::"StopReason"
    FROM completion, agent
    WHERE "Agent".id = agent.id AND completion.at IS NOT NULL AND ("lastRunCompletion" IS NULL OR "lastRunCompletion" <= completion.at)`;
  // Another run of the agent is just ending too. To wait for it here would make all of them wait for the slowest, with their heads locked.
  if (agents === 0 && ends.some(({ run }) => run.kind === 'MESSAGE'))
    afterCommit((db) => noteEnds(db, first.run.agentId));
}
