import type { Client } from 'pg';
import type { NamedOrder } from '../../src/schema/lists/list-cursor.ts';
import { toOrder, type OrderColumns, type OrderInput } from '../../src/schema/lists/order.ts';
import type { Place } from '../../src/store/page-statement.ts';

export const PAGE_SIZE = 50;

const columns = {
  CREATED_AT: { column: 'createdAt', type: 'timestamptz' },
  LAST_RUN_COMPLETION: { column: 'lastRunCompletion', type: 'timestamptz', nullUntil: 'a run has ended' },
  LAST_MESSAGE_AT: { column: 'lastMessageAt', type: 'timestamptz', nullUntil: 'a message was sent' },
  LAST_ACTIVITY_AT: { column: 'lastActivityAt', type: 'timestamptz' },
} satisfies OrderColumns<string>;

type Field = keyof typeof columns;

/** A page of the conversations of an organization, and the ids that have to be on it. */
export interface ListPage {
  name: string;
  /** The name of the one that starts the same list from the same end. */
  firstPage: string;
  orderBy: OrderInput<Field>;
  order: NamedOrder;
  isForward: boolean;
  after: Place | undefined;
  before: Place | undefined;
  ids: string[];
}

/** The same pages in any database; "far" alone is another one, where it has no page 100. */
export async function findPages(client: Client, organizationId: string): Promise<ListPage[]> {
  const pages: ListPage[] = [];
  for (const orderBy of orders()) pages.push(...(await pagesOf(client, organizationId, orderBy)));
  return pages;
}

function orders(): OrderInput<Field>[] {
  const fields = Object.keys(columns) as Field[];
  return fields.flatMap((field) =>
    (['ASC', 'DESC'] as const).flatMap((direction) =>
      'nullUntil' in columns[field]
        ? (['FIRST', 'LAST'] as const).map((nulls) => ({ field, direction, nulls }))
        : [{ field, direction }],
    ),
  );
}

async function pagesOf(client: Client, organizationId: string, orderBy: OrderInput<Field>): Promise<ListPage[]> {
  const order = toOrder('conversations', columns, orderBy);
  const { column, direction, nulls } = order;
  const {
    rows: [counted],
  } = await client.query<{ all: number; withValue: number }>(
    `SELECT count(*)::int AS all, count("${column}")::int AS "withValue" FROM "Conversation"
     WHERE "organizationId" = $1 AND "deletedAt" IS NULL`,
    [organizationId],
  );
  const all = counted?.all ?? 0;
  const starts = startsOf(all, all - (counted?.withValue ?? 0), nulls);
  // Ranks from 0, with the rows around each page for its cursors.
  const { rows } = await client.query<{ id: string; value: Date | null; rank: number }>(
    `SELECT * FROM (
       SELECT id, "${column}" AS value,
         row_number() OVER (ORDER BY "${column}" ${direction} ${nulls ? `NULLS ${nulls}` : ''}, id ${direction})::int - 1 AS rank
       FROM "Conversation" WHERE "organizationId" = $1 AND "deletedAt" IS NULL
     ) AS ranked
     WHERE EXISTS (SELECT FROM unnest($2::int[]) AS start WHERE rank BETWEEN start - 1 AND start + $3)`,
    [organizationId, starts.map(({ start }) => start), PAGE_SIZE],
  );
  const ranked = new Map(rows.map((row) => [row.rank, row]));
  const placeAt = (rank: number): Place | undefined => {
    const row = ranked.get(rank);
    return row && { id: row.id, value: row.value?.toISOString() ?? null };
  };
  const nameOf = (name: string, isForward: boolean) =>
    `${order.name.replace('conversations ', '')} ${isForward ? 'first' : 'last'}, ${name}`;
  return starts.map(({ name, start, isForward }) => ({
    name: nameOf(name, isForward),
    firstPage: nameOf('page 1', isForward),
    orderBy,
    order,
    isForward,
    after: isForward ? placeAt(start - 1) : undefined,
    before: isForward ? undefined : placeAt(start + PAGE_SIZE),
    ids: Array.from({ length: PAGE_SIZE }, (_, index) => ranked.get(start + index)?.id ?? ''),
  }));
}

/** Where the pages start. Those of `last` are counted from the end of the list. */
function startsOf(all: number, nullCount: number, nulls: 'FIRST' | 'LAST' | undefined) {
  const far = PAGE_SIZE * (all > 100 * PAGE_SIZE ? 99 : 4);
  const middle = Math.floor(all / 2);
  const seam = nulls === 'FIRST' ? nullCount : all - nullCount;
  const amongNulls = (nulls === 'FIRST' ? 0 : seam) + Math.floor(nullCount / 2);
  return [true, false].flatMap((isForward) => {
    const page = (name: string, start: number) => ({ name, start, isForward });
    const fromEnd = (offset: number) => (isForward ? offset : all - offset - PAGE_SIZE);
    return [
      page('page 1', fromEnd(0)),
      page('far', fromEnd(far)),
      page('middle', middle),
      ...(nulls ? [page('seam', seam - PAGE_SIZE / 2), page('nulls', amongNulls)] : []),
    ];
  });
}
