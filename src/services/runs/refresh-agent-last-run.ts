import type { Logger } from '../../log.ts';
import type { Db } from '../../store/database.ts';

/**
 * Updates `lastRunCompletion` and `lastStopReason` of an agent from its finished runs whose own transactions skipped the
 * agent's row, because another one had locked it.
 */
export async function refreshAgentLastRun(db: Db, agentId: string): Promise<void> {
  const [isBehind] = await db.$queryRaw<unknown[]>`
    SELECT 1
    FROM "Run"
    WHERE "agentId" = ${agentId} AND "isAgentBehind"
    LIMIT 1`;
  if (!isBehind) return;
  await db.$executeRaw`
    UPDATE "Agent" AS agent
    SET "lastRunCompletion" = last."completedAt",
      "lastStopReason" = last."stopReason"
    FROM (
      SELECT "completedAt", "stopReason"
      FROM "Run"
      WHERE "agentId" = ${agentId} AND "isAgentBehind"
      ORDER BY "completedAt" DESC
      LIMIT 1) AS last
    WHERE agent.id = ${agentId}
      AND (agent."lastRunCompletion" IS NULL OR agent."lastRunCompletion" <= last."completedAt")`;
  // Apart, so that nobody who has locked the one waits for the other.
  await db.$executeRaw`
    UPDATE "Run"
    SET "isAgentBehind" = false
    WHERE id IN (
      SELECT run.id
      FROM "Run" AS run JOIN "Agent" AS agent ON agent.id = run."agentId"
      WHERE run."agentId" = ${agentId}
        AND run."isAgentBehind"
        AND run."completedAt" <= agent."lastRunCompletion"
      FOR NO KEY UPDATE OF run SKIP LOCKED)`;
}

/** The same for all agents: for the runs whose process died, or had no connection left, before it could do so. */
export async function sweepAgentLastRuns({ db, log }: { db: Db; log: Logger }, signal: AbortSignal): Promise<void> {
  const behind = await db.$queryRaw<{ agentId: string }[]>`
    SELECT DISTINCT "agentId"
    FROM "Run"
    WHERE "isAgentBehind"`;
  for (const { agentId } of behind) {
    if (signal.aborted) return;
    await refreshAgentLastRun(db, agentId).catch((error: unknown) =>
      log.warn({ agentId, err: error }, 'refreshing the last run of an agent failed; trying again'),
    );
  }
}
