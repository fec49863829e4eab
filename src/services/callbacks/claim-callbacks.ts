import type { Sql } from '../../store/database.ts';
import { Prisma, type RunStatus, type StopReason } from '../../store/generated/client.ts';

/** How long after each try the next one is due: five tries in about an hour. The last counts only when its outcome got lost. */
const BACKOFF_SECONDS = [10, 60, 600, 3000, 3600];

export const MAX_TRIES = BACKOFF_SECONDS.length;

/** The end of a run that this process is to tell. */
export interface DueCallback {
  runId: string;
  url: string;
  /** Which try this is, from 1. */
  tries: number;
  status: RunStatus;
  stopReason: StopReason;
  completedAt: Date;
  /** By the database's clock. */
  sentAt: Date;
}

/**
 * Takes callbacks that are due. Each is put off to its next try at once: no other process takes it meanwhile, and when
 * this one dies with it, the next try is made all the same.
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

export interface CallbackOutcome {
  statusCode: number | null;
  error: string | null;
  /** Whether it is to be tried again, as long as there are tries left. */
  isRetried: boolean;
}

/** Keeps what became of a try. One that another process has overtaken counts only when it was the one that got through. */
export async function recordCallback(
  sql: Sql,
  { runId, tries }: Pick<DueCallback, 'runId' | 'tries'>,
  { statusCode, error, isRetried }: CallbackOutcome,
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
