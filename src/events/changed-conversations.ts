import type { Sql } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';

/** A conversation as it was read, to be announced. `changedAt` rises with each of its changes. */
export interface ChangedConversation {
  conversationId: string;
  organizationId: string;
  agentId: string;
  isRemoved: boolean;
  changedAt: Date;
  ageMs: number;
}

type ByOrganization = Map<string, ChangedConversation[]>;

export async function readChanged(sql: Sql, ids: string[]): Promise<ByOrganization> {
  return read(sql, Prisma.sql`h."conversationId" = ANY(${ids}::text[])`);
}

/** now() and not clock_timestamp(), which no index could be searched with. */
export async function readRecent(sql: Sql, organizationIds: string[], windowMs: number): Promise<ByOrganization> {
  return read(
    sql,
    Prisma.sql`h."organizationId" = ANY(${organizationIds}::text[])
      AND h."changedAt" > now() - ${windowMs}::float8 * interval '1 millisecond'`,
  );
}

async function read(sql: Sql, condition: Prisma.Sql): Promise<ByOrganization> {
  const conversations = await sql<ChangedConversation>(Prisma.sql`
    SELECT c.id AS "conversationId", c."organizationId", c."agentId", coalesce(c."deletedAt", a."deletedAt") IS NOT NULL AS "isRemoved", h."changedAt",
      (extract(epoch FROM clock_timestamp() - h."changedAt") * 1000)::float8 AS "ageMs"
    FROM "ConversationHead" h
    JOIN "Conversation" c ON c.id = h."conversationId" AND c."organizationId" = h."organizationId"
    JOIN "Agent" a ON a.id = c."agentId"
    WHERE ${condition}`);
  return Map.groupBy(conversations, ({ organizationId }) => organizationId);
}
