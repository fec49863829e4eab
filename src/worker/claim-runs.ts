import type { Fence } from '../events/change.ts';
import { insertEvents } from '../events/insert-events.ts';
import type { ConversationEvent } from '../events/event-types.ts';
import { setupNow, type RunSetup } from '../services/runs/run-setup.ts';
import type { Sql } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { expiredRuns, namedRuns, readyRuns } from './ready-runs.ts';

export interface Claim extends Fence {
  setup: RunSetup;
  /** Expired leases since the last committed step, this one included. */
  crashes: number;
  /** RunStarted, or RunResumed. */
  started: ConversationEvent;
}

interface ClaimOptions {
  owner: string;
  leaseMs: number;
  limit: number;
  /** The handle of the model for agents that chose none. */
  defaultModel: string;
  /** So many runs of an organization at once, over all processes. A few more for a moment, when two claim at once. */
  perOrganization: number | undefined;
}

/** Takes runs whose turn it is. */
export function claimReadyRuns(sql: Sql, options: ClaimOptions): Promise<Claim[]> {
  return claim(sql, options, readyRuns(options.limit, options.perOrganization), 0);
}

/** Takes these runs, if it is their turn and nobody else has taken them. Cheaper, and blind to turns and to `perOrganization`. */
export function claimNamedRuns(sql: Sql, options: ClaimOptions, runIds: string[]): Promise<Claim[]> {
  return claim(sql, options, namedRuns(runIds), 0);
}

/** Takes over runs whose worker has not renewed its lease. */
export function claimExpiredRuns(sql: Sql, options: ClaimOptions): Promise<Claim[]> {
  return claim(sql, options, expiredRuns(options.limit), 1);
}

/**
 * Each claim is a new fence, so the claim before it can write no more. Heads that are locked are passed over. The first claim
 * of a run gives it its model and its setup, which later claims only read: see RunSetup.
 * `openSeq` stays: the events behind it cannot be read by the statement that takes the lock, so prepareRun, which runs
 * before anything is streamed, announces them as restarted and clears it in one transaction.
 */
async function claim(
  sql: Sql,
  { owner, leaseMs, defaultModel }: ClaimOptions,
  due: Prisma.Sql,
  isCrash: 0 | 1,
): Promise<Claim[]> {
  const rows = await sql<ConversationEvent & Pick<Claim, 'organizationId' | 'claim' | 'crashes' | 'setup'>>(Prisma.sql`
    WITH RECURSIVE ${due},
    claimed AS (
      UPDATE "Run" r SET status = 'RUNNING', claim = r.claim + 1, owner = ${owner}, "readyAt" = NULL,
        lease = clock_timestamp() + ${leaseMs} * interval '1 millisecond', attempt = r.attempt + ${isCrash}, crashes = r.crashes + ${isCrash},
        model = coalesce(r.model, r.request->>'model', c.model, CASE WHEN NOT a."followsDefaultModel" THEN a.model END, ${defaultModel}),
        setup = coalesce(r.setup, ${setupNow}),
        "startedAt" = coalesce(r."startedAt", clock_timestamp())
      FROM due, "Conversation" c, "Agent" a
      WHERE r.id = due.id AND c.id = r."conversationId" AND a.id = r."agentId"
        AND r.status = ${isCrash ? 'RUNNING' : 'QUEUED'}::"RunStatus" AND (r.lease IS NULL OR r.lease < clock_timestamp())
      RETURNING r.id, r."conversationId", r.claim, r.attempt, r.crashes, r.setup),
    bumped AS (
      UPDATE "ConversationHead" h SET "activeClaim" = c.claim, "lastEventSeq" = h."lastEventSeq" + 1,
        "changedAt" = GREATEST(clock_timestamp(), h."changedAt" + interval '1 millisecond')
      FROM claimed c
      WHERE h."conversationId" = c."conversationId" AND h."activeRunId" = c.id
      RETURNING h."conversationId", h."organizationId", h."lastEventSeq" AS seq, c.id, c.claim, c.attempt, c.crashes, c.setup),
    added AS (
      ${insertEvents(Prisma.sql`
        SELECT "conversationId", seq, id, CASE WHEN claim = 1 OR ${isCrash} = 1 THEN 'RunStarted' ELSE 'RunResumed' END,
          CASE WHEN claim = 1 OR ${isCrash} = 1 THEN jsonb_build_object('attempt', attempt) ELSE '{}'::jsonb END FROM bumped`)})
    SELECT added.*, bumped."organizationId", bumped.claim, bumped.crashes, bumped.setup FROM added JOIN bumped USING ("conversationId", seq)`);
  return rows.map(({ organizationId, claim, crashes, setup, ...started }) => {
    const { conversationId, runId } = started;
    return { organizationId, conversationId, runId: runId ?? '', claim, crashes, setup, started };
  });
}
