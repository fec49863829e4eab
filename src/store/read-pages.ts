import type { Sql } from './database.ts';
import { Prisma } from './generated/client.ts';
import { pageStatement, type List, type PageRequest } from './page-statement.ts';

export interface Page<Row> {
  /** In the order of the list. */
  rows: Row[];
  /** Whether there are rows up to `after`. */
  isAnythingBehind: boolean;
  /** Whether there are rows from `before` on. */
  isAnythingAhead: boolean;
}

/** The same page of the list of each owner, in one statement, however deep in the lists it lies. */
export async function readPages<Row>(
  sql: Sql,
  list: List,
  owners: readonly string[],
  request: PageRequest,
): Promise<Map<string, Page<Row>>> {
  const rows = await sql<Record<string, unknown>>(pageStatement(list, owners, request));
  const pages = new Map(
    owners.map((owner) => [owner, { rows: [] as Row[], isAnythingBehind: false, isAnythingAhead: false }]),
  );
  for (const { part, listOwner, ...row } of rows) {
    const page = pages.get(listOwner as string);
    if (!page) continue;
    if (part === 'behind') page.isAnythingBehind = true;
    else if (part === 'ahead') page.isAnythingAhead = true;
    else page.rows.push(row as Row);
  }
  if (!request.isForward) for (const page of pages.values()) page.rows.reverse();
  return pages;
}

export async function countRows(sql: Sql, list: List, owners: readonly string[]): Promise<Map<string, number>> {
  const { table, owner: by } = list;
  const owner = Prisma.raw(typeof by === 'string' ? `item."${by}"` : `link."${by.owner}"`);
  const link = typeof by === 'string' ? '' : `JOIN "${by.table}" AS link ON link."${by.row}" = item.id`;
  const counts = await sql<{ id: string; count: number }>(Prisma.sql`
    SELECT ${owner} AS id, count(*)::int AS count
    FROM ${Prisma.raw(`"${table}" AS item ${link}`)}
    WHERE ${owner} = ANY(${owners}::text[]) AND ${list.where}
    GROUP BY 1`);
  return new Map(counts.map(({ id, count }) => [id, count]));
}
