import type { Fence } from '../events/change.ts';
import type { Sql } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';

interface Renewal {
  runId: string;
  claim: number;
  isRenewed: boolean;
  /** Not renewed and ours: the row was locked just now, try again soon. Not ours: stop. */
  isOurs: boolean;
}

/** Renews the leases of all claims in one statement. It waits for no lock. */
export function renewLeases(sql: Sql, claims: Fence[], leaseMs: number): Promise<Renewal[]> {
  return sql<Renewal>(Prisma.sql`
    WITH held(run, claim) AS (
      SELECT * FROM unnest(${claims.map(({ runId }) => runId)}::text[], ${claims.map(({ claim }) => claim)}::int[])),
    locked AS (
      SELECT r.id, held.claim FROM "Run" r JOIN held ON held.run = r.id FOR NO KEY UPDATE OF r SKIP LOCKED),
    renewed AS (
      UPDATE "Run" r SET lease = clock_timestamp() + ${leaseMs} * interval '1 millisecond' FROM locked
      WHERE r.id = locked.id AND r.claim = locked.claim AND r.status = 'RUNNING' RETURNING r.id, r.claim)
    SELECT held.run AS "runId", held.claim, renewed.id IS NOT NULL AS "isRenewed",
      EXISTS (SELECT FROM "Run" r WHERE r.id = held.run AND r.claim = held.claim AND r.status = 'RUNNING') AS "isOurs"
    FROM held LEFT JOIN renewed ON renewed.id = held.run AND renewed.claim = held.claim`);
}
