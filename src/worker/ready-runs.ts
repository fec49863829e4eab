import { Prisma } from '../store/generated/client.ts';

/** As many as an int4 can count. */
const MAX = 2 ** 31 - 1;

const isReady = Prisma.sql`r.status = 'QUEUED' AND r."readyAt" IS NOT NULL`;

/**
 * The members of a WITH RECURSIVE that end in `due(id, "conversationId")`: runs whose turn it is, with the heads locked. Organizations
 * take turns, those that have the fewest runs going first (the lot decides between equals), and one that has `perOrganization` of them, over all processes, waits: however
 * many runs wait in one, the next one of another is not behind them. Each step is a few entries of an index.
 */
export function readyRuns(limit: number, perOrganization = MAX): Prisma.Sql {
  // Heads that are locked just now are passed over, so a few more are looked at than are wanted.
  const looked = 2 * limit + 10;
  return Prisma.sql`
    organization(id) AS (
      (SELECT r."organizationId" FROM "Run" r WHERE ${isReady} ORDER BY r."organizationId" LIMIT 1)
      UNION ALL
      SELECT (
        SELECT r."organizationId" FROM "Run" r WHERE ${isReady} AND r."organizationId" > organization.id
        ORDER BY r."organizationId" LIMIT 1)
      FROM organization WHERE organization.id IS NOT NULL),
    ready AS MATERIALIZED (
      SELECT r.id, r."conversationId", load.running + r.place AS turn FROM organization
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS running FROM "Run" o WHERE o."organizationId" = organization.id AND o.status = 'RUNNING') AS load
      CROSS JOIN LATERAL (
        SELECT next.*, row_number() OVER (ORDER BY next."readyAt", next.id) AS place FROM (
          SELECT r.id, r."conversationId", r."readyAt" FROM "Run" r WHERE r."organizationId" = organization.id AND ${isReady}
          ORDER BY r."readyAt" LIMIT LEAST(${looked}::int, GREATEST(0, ${perOrganization}::int - load.running))) AS next) AS r
      ORDER BY turn, random() LIMIT ${looked}::int),
    due AS (
      SELECT ready.id, ready."conversationId" FROM ready
      JOIN "ConversationHead" h ON h."conversationId" = ready."conversationId" AND h."activeRunId" = ready.id
      ORDER BY ready.turn LIMIT ${limit}::int FOR NO KEY UPDATE OF h SKIP LOCKED)`;
}

/** The same for those of these runs whose turn it is. */
export function namedRuns(runIds: string[]): Prisma.Sql {
  return Prisma.sql`
    due AS (
      SELECT r.id, r."conversationId"
      FROM "Run" r
      JOIN "ConversationHead" h ON h."conversationId" = r."conversationId" AND h."activeRunId" = r.id
      WHERE r.id = ANY(${runIds}::text[]) AND ${isReady}
      FOR NO KEY UPDATE OF h SKIP LOCKED)`;
}

/** The same for runs whose worker has not renewed its lease. */
export function expiredRuns(limit: number): Prisma.Sql {
  return Prisma.sql`
    due AS (
      SELECT r.id, r."conversationId" FROM "Run" r
      JOIN "ConversationHead" h ON h."conversationId" = r."conversationId" AND h."activeRunId" = r.id
      WHERE r.status = 'RUNNING' AND r.lease < clock_timestamp() ORDER BY r.lease LIMIT ${limit}::int FOR NO KEY UPDATE OF h SKIP LOCKED)`;
}
