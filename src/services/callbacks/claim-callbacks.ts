import type { Sql } from '../../store/database.ts';
import { Prisma, type RunStatus, type StopReason } from '../../store/generated/client.ts';

/** The delay from each attempt to the next: five attempts in about an hour. The last delay counts only when the outcome of the fifth was lost. */
const BACKOFF_SECONDS = [10, 60, 600, 3000, 3600];

export const MAX_TRIES = BACKOFF_SECONDS.length;

/** A callback that this process is to deliver. */
export interface DueCallback {
  runId: string;
  url: string;
  /** The number of this attempt, from 1. */
  tries: number;
  status: RunStatus;
  stopReason: StopReason;
  completedAt: Date;
  /** By the database's clock. */
  sentAt: Date;
}

/**
 * Claims callbacks that are due. The claim schedules the next attempt at once: no other process claims the callback
 * meanwhile, and if this one dies, the next attempt is made all the same.
 */
export function claimCallbacks(sql: Sql, limit: number): Promise<DueCallback[]> {
  return sql<DueCallback>(Prisma.sql`
    WITH due AS (
      SELECT id
      FROM "Run"
      WHERE "callbackDueAt" <= statement_timestamp()
      ORDER BY "callbackDueAt"
      LIMIT ${limit}
      FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE "Run" AS run
    SET "callbackTries" = run."callbackTries" + 1,
      "callbackSentAt" = clock_timestamp(),
      "callbackDueAt" = clock_timestamp() + interval '1 second' *
        (${BACKOFF_SECONDS}::int[])[LEAST(run."callbackTries" + 1, ${MAX_TRIES}::int)]
    FROM due
    WHERE run.id = due.id
    RETURNING
      run.id AS "runId",
      run."callbackUrl" AS url,
      run."callbackTries" AS tries,
      run.status::text,
      run."stopReason"::text,
      run."completedAt",
      run."callbackSentAt" AS "sentAt"`);
}

export interface DeliveryOutcome {
  statusCode: number | null;
  error: string | null;
  /** Whether it is retried while attempts are left. */
  isRetried: boolean;
}

/** Stores the outcome of one delivery attempt. If a later attempt has started, only a success is stored. */
export async function recordDelivery(
  sql: Sql,
  { runId, tries }: Pick<DueCallback, 'runId' | 'tries'>,
  { statusCode, error, isRetried }: DeliveryOutcome,
): Promise<void> {
  const isLast = !isRetried || tries >= MAX_TRIES;
  await sql(Prisma.sql`
    UPDATE "Run"
    SET "callbackStatusCode" = ${statusCode}::int,
      "callbackError" = ${error}::text,
      "callbackDueAt" = CASE WHEN ${isLast}::boolean THEN NULL ELSE "callbackDueAt" END
    WHERE id = ${runId}
      AND "callbackDueAt" IS NOT NULL
      AND ("callbackTries" = ${tries}::int OR ${error === null}::boolean)`);
}
