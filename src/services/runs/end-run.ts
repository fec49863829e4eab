import type { Change } from '../../events/change.ts';
import type { RunStatus } from '../../store/generated/client.ts';
import { NO_USAGE, usageOf } from '../../usage.ts';
import { closeToolCalls } from './close-tool-calls.ts';
import { keepPartialText } from './keep-partial-text.ts';
import { placeMessages } from '../history/place-messages.ts';
import { recordEnds, type EndingRun } from './record-ends.ts';
import { cancelled, type interrupted, type RunEnd } from './run-end.ts';

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
    // Its worker may have been lost between the claim and the first thing it does.
    if (run.startedAt !== null && run.stepCount === 0) await placeMessages(change, runId);
    await keepPartialText(change, run, end);
    await closeToolCalls(change, run, end);
  }
  const { status, stopReason } = end;
  const lastEventSeq = append({ type: 'RunFinished', runId, data: { status, stopReason, usage: usageOf(run) } });
  await recordEnds(change, [{ run, lastEventSeq }], end);
  if (isActive) await handOver(change);
}

/** Ends every open run of the conversation. Returns their ids, the oldest first. */
export async function endOpenRuns(
  change: Change,
  end: typeof cancelled | typeof interrupted = cancelled,
): Promise<string[]> {
  const { tx, head, append } = change;
  const open = await tx.$queryRaw<EndingRun[]>`
    SELECT id, kind, "agentId", "conversationId" FROM "Run"
    WHERE "conversationId" = ${head.conversationId} AND status IN ('QUEUED', 'RUNNING', 'REQUIRES_ACTION') ORDER BY "queuedSeq"`;
  // Those that wait first: none gets its turn only to lose it. There may be thousands, and they have done nothing yet.
  const data = { ...cancelled, usage: NO_USAGE };
  const waiting = open.filter(({ id }) => id !== head.activeRunId);
  await recordEnds(
    change,
    waiting.map((run) => ({ run, lastEventSeq: append({ type: 'RunFinished', runId: run.id, data }) })),
    cancelled,
  );
  if (head.activeRunId) await endRun(change, head.activeRunId, end);
  return open.map(({ id }) => id);
}

async function handOver({ tx, head }: Change) {
  const [next] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "Run" WHERE "conversationId" = ${head.conversationId} AND status = 'QUEUED' ORDER BY "queuedSeq" LIMIT 1`;
  head.activeRunId = next?.id ?? null;
  head.activeClaim = null;
  head.openSeq = null;
  if (next) await tx.$executeRaw`UPDATE "Run" SET "readyAt" = clock_timestamp() WHERE id = ${next.id}`;
}
