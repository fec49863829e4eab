import type { Change } from '../events/change.ts';
import type { Usage } from '../events/vocabulary.ts';
import { Prisma, type Run, type RunStatus, type StopReason } from '../store/generated/client.ts';
import { closeToolCalls } from './close-tool-calls.ts';
import { keepPartialText } from './keep-partial-text.ts';

export interface RunEnd {
  status: Extract<RunStatus, 'COMPLETED' | 'FAILED' | 'CANCELLED'>;
  stopReason: StopReason;
  error?: { code: string; message: string };
  /** It ends in the middle of a model call, which may not have said anything yet. */
  isCallOpen?: boolean;
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

async function recordEnd({ tx }: Change, run: Run, { status, stopReason, error }: RunEnd, lastEventSeq: number) {
  await tx.$executeRaw`
    WITH ended AS (
      UPDATE "Run" SET status = ${status}::"RunStatus", "stopReason" = ${stopReason}::"StopReason", owner = NULL, lease = NULL,
        "readyAt" = NULL, "lastEventSeq" = ${lastEventSeq}, "errorCode" = ${error?.code ?? null}, "errorMessage" = ${error?.message ?? null},
        "completedAt" = clock_timestamp(),
        "durationMs" = ${millisecondsSinceStart(Prisma.sql`clock_timestamp()`)}
      WHERE id = ${run.id} RETURNING "completedAt"),
    conversation AS (
      UPDATE "Conversation" SET "lastRunCompletion" = GREATEST("lastRunCompletion", ended."completedAt"),
        "lastActivityAt" = GREATEST("lastActivityAt", ended."completedAt")
      FROM ended WHERE id = ${run.conversationId} AND ${run.kind} = 'MESSAGE')
    UPDATE "Agent" SET "lastRunCompletion" = GREATEST("lastRunCompletion", ended."completedAt"), "lastStopReason" = ${stopReason}::"StopReason"
    FROM ended WHERE id = ${run.agentId} AND ${run.kind} = 'MESSAGE'`;
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
