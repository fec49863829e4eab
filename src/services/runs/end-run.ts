import type { Change } from '../../events/change.ts';
import { Prisma, type Run, type RunStatus } from '../../store/generated/client.ts';
import { NO_USAGE, tokenCounts, usageOf, type Usage } from '../../usage.ts';
import { placeMessages } from '../history/place-messages.ts';
import { closeToolCalls } from './close-tool-calls.ts';
import { keepPartialText } from './keep-partial-text.ts';
import { refreshAgentLastRun } from './refresh-agent-last-run.ts';
import { cancelled, type interrupted, type RunEnd } from './run-end.ts';
import { millisecondsSinceStart } from './working-time.ts';

type EndingRun = Pick<Run, 'id' | 'kind' | 'agentId' | 'conversationId' | 'startedAt'>;

/** What `endRun` reads of a run. */
export type OpenRun = EndingRun & Pick<Run, 'status' | 'organizationId' | 'stepCount' | 'model'> & Usage;

const openRunFields: (keyof OpenRun)[] = [
  'id',
  'kind',
  'agentId',
  'conversationId',
  'startedAt',
  'status',
  'organizationId',
  'stepCount',
  'model',
  'contextTokens',
  ...tokenCounts,
];

/** The same in SQL. */
export const openRunColumns = Prisma.raw(openRunFields.map((field) => `"${field}"`).join(', '));

const openStatuses: RunStatus[] = ['QUEUED', 'RUNNING', 'REQUIRES_ACTION'];

/**
 * Ends a run, whoever asks: the first to hold the head's lock wins, and for the rest this does nothing. The text in
 * progress is kept, every open tool call is closed, and the turn goes to the next run that waits.
 */
export async function endRun(change: Change, runId: string, end: RunEnd): Promise<void> {
  // Read after the lock was taken, in a statement of its own: the one that waited for it sees what was before.
  await endOpenRun(change, await change.tx.run.findUniqueOrThrow({ where: { id: runId } }), end);
}

/** The same for a run that was read under the lock. */
export async function endOpenRun(change: Change, run: OpenRun, end: RunEnd): Promise<void> {
  const { head, append } = change;
  const { id: runId } = run;
  if (!openStatuses.includes(run.status)) return;
  const isActive = head.activeRunId === runId;
  if (isActive) {
    // Its worker may have been lost between the claim and the first thing it does.
    if (run.startedAt !== null && run.stepCount === 0) await placeMessages(change, runId);
    await keepPartialText(change, run, end);
  }
  // One that waits for decisions has started too, also while a compaction has its turn.
  if (run.startedAt !== null) await closeToolCalls(change, run, end);
  const { status, stopReason } = end;
  const lastEventSeq = append({ type: 'RunFinished', runId, data: { status, stopReason, usage: usageOf(run) } });
  await finishRuns(change, [{ run, lastEventSeq }], end);
  if (isActive) await handOver(change);
}

/** Ends every open run of the conversation. Returns their ids, the oldest first. */
export async function endOpenRuns(
  change: Change,
  end: typeof cancelled | typeof interrupted = cancelled,
): Promise<string[]> {
  const { tx, head, append } = change;
  const open = await tx.$queryRaw<EndingRun[]>`
    SELECT id, kind, "agentId", "conversationId", "startedAt"
    FROM "Run"
    WHERE "conversationId" = ${head.conversationId} AND status IN ('QUEUED', 'RUNNING', 'REQUIRES_ACTION')
    ORDER BY "queuedSeq"`;
  // The queue first: no run of it gets its turn only to lose it. There may be thousands, and they have done nothing yet.
  const data = { ...cancelled, usage: NO_USAGE };
  const isQueued = ({ id, startedAt }: EndingRun) => id !== head.activeRunId && startedAt === null;
  const [queued, others] = [open.filter(isQueued), open.filter((run) => !isQueued(run))];
  await finishRuns(
    change,
    queued.map((run) => ({ run, lastEventSeq: append({ type: 'RunFinished', runId: run.id, data }) })),
    cancelled,
  );
  // A compaction, then the run whose turn it took: the later one has the turn.
  for (const { id } of others.toReversed()) await endRun(change, id, end);
  return open.map(({ id }) => id);
}

/** Finishes runs of one conversation: their rows, and the last completion of their conversation and their agent. */
async function finishRuns(
  { tx, afterCommit }: Change,
  ends: { run: EndingRun; lastEventSeq: number }[],
  { status, stopReason, error }: RunEnd,
): Promise<void> {
  const [first] = ends;
  if (!first) return;
  const places = ends.map(({ run: { id }, lastEventSeq }) => ({ id, seq: lastEventSeq }));
  const agents = await tx.$executeRaw`
    WITH agent AS (
      SELECT id
      FROM "Agent"
      WHERE id = ${first.run.agentId}
      FOR NO KEY UPDATE SKIP LOCKED),
    ended AS (
      UPDATE "Run" AS run
      SET status = ${status}::"RunStatus",
        "stopReason" = ${stopReason}::"StopReason",
        owner = NULL,
        lease = NULL,
        "readyAt" = NULL,
        setup = NULL,
        "lastEventSeq" = place.seq,
        "errorCode" = ${error?.code ?? null},
        "errorMessage" = ${error?.message ?? null},
        "completedAt" = clock_timestamp(),
        "callbackDueAt" = CASE WHEN "callbackUrl" IS NOT NULL THEN clock_timestamp() END,
        "durationMs" = ${millisecondsSinceStart(Prisma.sql`coalesce("parkedAt", clock_timestamp())`)},
        "parkedAt" = NULL,
        "isAgentBehind" = kind = 'MESSAGE' AND NOT EXISTS (SELECT FROM agent)
      FROM jsonb_to_recordset(${JSON.stringify(places)}::jsonb) AS place(id text, seq int)
      WHERE run.id = place.id
      RETURNING "completedAt", kind),
    completion AS (
      SELECT max("completedAt") AS at
      FROM ended
      WHERE kind = 'MESSAGE'),
    conversation AS (
      UPDATE "Conversation"
      SET "lastRunCompletion" = GREATEST("lastRunCompletion", completion.at),
        "lastActivityAt" = GREATEST("lastActivityAt", completion.at)
      FROM completion
      WHERE id = ${first.run.conversationId} AND completion.at IS NOT NULL)
    UPDATE "Agent"
    SET "lastRunCompletion" = completion.at,
      "lastStopReason" = ${stopReason}::"StopReason"
    FROM completion, agent
    WHERE "Agent".id = agent.id
      AND completion.at IS NOT NULL
      AND ("lastRunCompletion" IS NULL OR "lastRunCompletion" <= completion.at)`;
  // Another run of the agent is just ending too. To wait for it here would make all of them wait for the slowest, with their heads locked.
  if (agents === 0 && ends.some(({ run }) => run.kind === 'MESSAGE'))
    afterCommit((db) => refreshAgentLastRun(db, first.run.agentId));
}

/** A run whose turn a compaction took is the oldest, and gets it back: it waits on, or is ready when it was decided meanwhile. */
async function handOver({ tx, head }: Change) {
  const [next] = await tx.$queryRaw<{ id: string; status: RunStatus }[]>`
    SELECT id, status
    FROM "Run"
    WHERE "conversationId" = ${head.conversationId} AND status IN ('QUEUED', 'REQUIRES_ACTION')
    ORDER BY "queuedSeq"
    LIMIT 1`;
  head.activeRunId = next?.id ?? null;
  head.activeClaim = null;
  head.openSeq = null;
  if (next?.status === 'QUEUED')
    await tx.$executeRaw`UPDATE "Run" SET "readyAt" = clock_timestamp() WHERE id = ${next.id}`;
}
