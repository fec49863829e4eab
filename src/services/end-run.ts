import type { ModelUsage } from '../agent/model.ts';
import type { Change } from '../events/change.ts';
import type { Usage } from '../events/vocabulary.ts';
import type { Db } from '../store/database.ts';
import { Prisma, type Run, type RunStatus, type StopReason } from '../store/generated/client.ts';
import { closeToolCalls } from './close-tool-calls.ts';
import { keepPartialText } from './keep-partial-text.ts';

export interface RunEnd {
  status: Extract<RunStatus, 'COMPLETED' | 'FAILED' | 'CANCELLED'>;
  stopReason: StopReason;
  error?: { code: string; message: string };
  /** It ends with a model call that failed, maybe before it said anything; `usage` is of that one try. */
  openCall?: { usage: ModelUsage | null };
}

export const cancelled: RunEnd = { status: 'CANCELLED', stopReason: 'CANCELLED' };

const openStatuses: RunStatus[] = ['QUEUED', 'RUNNING', 'REQUIRES_ACTION'];

/**
 * Ends a run, whoever asks: the first to hold the head's lock wins, and for the rest this does nothing. The text in
 * progress is kept, every open tool call is closed, and the turn goes to the next run that waits.
 */
export async function endRun(change: Change, runId: string, end: RunEnd): Promise<void> {
  const { tx, head, append } = change;
  // Read after the lock was taken, in a statement of its own: the one that waited for it sees what was before.
  const run = await tx.run.findUniqueOrThrow({ where: { id: runId } });
  if (!openStatuses.includes(run.status)) return;
  const isActive = head.activeRunId === runId;
  if (isActive) {
    await keepPartialText(change, run, end);
    await closeToolCalls(change, run, end);
  }
  const { status, stopReason } = end;
  const lastEventSeq = append({ type: 'RunFinished', runId, data: { status, stopReason, usage: usageOf(run) } });
  await recordEnd(change, run, end, lastEventSeq);
  if (isActive) await handOver(change);
}

/** Ends every open run of the conversation. Returns their ids, the oldest first. */
export async function endOpenRuns(change: Change): Promise<string[]> {
  const { tx, head } = change;
  const open = await tx.run.findMany({
    where: { conversationId: head.conversationId, status: { in: openStatuses } },
    // From the last to the first: no waiting run gets its turn only to lose it.
    orderBy: { queuedSeq: 'desc' },
  });
  for (const { id } of open) await endRun(change, id, cancelled);
  return open.map(({ id }) => id).toReversed();
}

export function usageOf(row: Usage): Usage {
  const {
    promptTokens,
    completionTokens,
    totalTokens,
    cachedInputTokens,
    cacheWriteTokens,
    reasoningTokens,
    contextTokens,
  } = row;
  return {
    promptTokens,
    completionTokens,
    totalTokens,
    cachedInputTokens,
    cacheWriteTokens,
    reasoningTokens,
    contextTokens,
  };
}

/** In whole milliseconds, as far as the column reaches (24 days). */
export function millisecondsSinceStart(time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`LEAST(extract(epoch FROM ${time} - "startedAt") * 1000, 2147483647)::int`;
}

async function recordEnd(
  { tx, afterCommit }: Change,
  run: Run,
  { status, stopReason, error }: RunEnd,
  lastEventSeq: number,
) {
  const agents = await tx.$executeRaw`
    WITH ended AS (
      UPDATE "Run" SET status = ${status}::"RunStatus", "stopReason" = ${stopReason}::"StopReason", owner = NULL, lease = NULL,
        "readyAt" = NULL, "lastEventSeq" = ${lastEventSeq}, "errorCode" = ${error?.code ?? null}, "errorMessage" = ${error?.message ?? null},
        "completedAt" = clock_timestamp(), "callbackDueAt" = CASE WHEN "callbackUrl" IS NOT NULL THEN clock_timestamp() END,
        "durationMs" = ${millisecondsSinceStart(Prisma.sql`clock_timestamp()`)}
      WHERE id = ${run.id} RETURNING "completedAt"),
    conversation AS (
      UPDATE "Conversation" SET "lastRunCompletion" = GREATEST("lastRunCompletion", ended."completedAt"),
        "lastActivityAt" = GREATEST("lastActivityAt", ended."completedAt")
      FROM ended WHERE id = ${run.conversationId} AND ${run.kind} = 'MESSAGE'),
    agent AS (
      SELECT id FROM "Agent" WHERE id = ${run.agentId} AND ${run.kind} = 'MESSAGE' FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE "Agent" SET "lastRunCompletion" = GREATEST("lastRunCompletion", ended."completedAt"), "lastStopReason" = ${stopReason}::"StopReason"
    FROM ended, agent WHERE "Agent".id = agent.id`;
  // Another run of the agent is just ending too. To wait for it here would make all of them wait for the slowest, with their heads locked.
  if (agents === 0 && run.kind === 'MESSAGE') afterCommit((db) => noteCompletion(db, run.id));
}

function noteCompletion(db: Db, runId: string) {
  return db.$executeRaw`
    UPDATE "Agent" a SET "lastRunCompletion" = r."completedAt", "lastStopReason" = r."stopReason"
    FROM "Run" r WHERE r.id = ${runId} AND a.id = r."agentId"
      AND (a."lastRunCompletion" IS NULL OR a."lastRunCompletion" <= r."completedAt")`;
}

async function handOver({ tx, head }: Change) {
  const next = await tx.run.findFirst({
    where: { conversationId: head.conversationId, status: 'QUEUED' },
    orderBy: { queuedSeq: 'asc' },
  });
  head.activeRunId = next?.id ?? null;
  head.activeClaim = null;
  head.openSeq = null;
  if (next) await tx.$executeRaw`UPDATE "Run" SET "readyAt" = clock_timestamp() WHERE id = ${next.id}`;
}
