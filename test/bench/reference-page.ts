import type { Client } from 'pg';
import { PAGE_SIZE, type ListPage } from './list-pages.ts';
import type { ListTarget } from './list-target.ts';

/** Nulls come last in it, and its pages have no way back. */
export function isInReference({ orderBy, isForward }: ListPage): boolean {
  return orderBy.field === 'LAST_RUN_COMPLETION' && orderBy.nulls === 'LAST' && isForward;
}

/**
 * The reference system's way to a page by last completion: an id for a cursor, whose value is looked up, and the
 * completions of all runs grouped for each page. Its defects are mended, so that both ways give the same rows.
 */
export async function readReference({ client, organizationId }: ListTarget, page: ListPage): Promise<string[]> {
  const isRising = page.order.direction === 'ASC';
  const cursor = page.after && { id: page.after.id, completed: await completionOf(client, page.after.id) };
  const comparison = isRising ? '>' : '<';
  const beyond = cursor?.completed
    ? `(completed IS NULL OR completed ${comparison} $2 OR (completed = $2 AND c.id ${comparison} $3))`
    : `(completed IS NULL AND $2::timestamptz IS NULL AND c.id ${comparison} $3)`;
  const { rows } = await client.query<{ id: string }>(
    `SELECT c.* FROM "Conversation" c
     LEFT OUTER JOIN (
       SELECT "conversationId", max("completedAt") AS completed FROM "Run" GROUP BY "conversationId"
     ) AS latest ON latest."conversationId" = c.id
     WHERE c."organizationId" = $1 AND c."deletedAt" IS NULL ${cursor ? `AND ${beyond}` : ''}
     ORDER BY completed ${page.order.direction} NULLS LAST, c.id ${page.order.direction} LIMIT ${PAGE_SIZE}`,
    cursor ? [organizationId, cursor.completed, cursor.id] : [organizationId],
  );
  return rows.map(({ id }) => id);
}

async function completionOf(client: Client, conversationId: string): Promise<Date | null> {
  const { rows } = await client.query<{ completed: Date | null }>(
    'SELECT max("completedAt") AS completed FROM "Run" WHERE "conversationId" = $1',
    [conversationId],
  );
  return rows[0]?.completed ?? null;
}
