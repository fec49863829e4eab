import { Prisma } from './generated/client.ts';

/** Lists of one kind, one for each owner. */
export interface List {
  table: keyof typeof columnsOf;
  /** The column that says whose list a row is in, or the table that does when it is in several. */
  owner: 'organizationId' | 'agentId' | 'conversationId' | 'runId' | 'coveredById' | 'blockId' | Link;
  /** What else a row of it fulfils, on the alias `item`. */
  where: Prisma.Sql;
}

/** Which owners have which rows. */
interface Link {
  table: 'AgentBlock';
  owner: 'blockId';
  row: 'agentId';
}

/** By one column, then by id, both in the same direction. There has to be an index on (owner, column, id). */
export interface Order {
  column: string;
  type: 'timestamptz' | 'text' | 'int';
  /** No two rows of a list have the same value: then the index need not have the id. */
  isUnique?: true | undefined;
  direction: 'ASC' | 'DESC';
  /** Where the rows without a value stand; missing when every row has one. */
  nulls?: 'FIRST' | 'LAST';
}

/** Where a row stands, or stood when it was read: the list may have changed since. */
export interface Place {
  value: string | number | null;
  id: string;
}

export interface PageRequest {
  order: Order;
  after?: Place | undefined;
  before?: Place | undefined;
  /** From the first row of the range on, or from the last one back. */
  isForward: boolean;
  limit: number;
}

const columnsOf = {
  Agent: Object.keys(Prisma.AgentScalarFieldEnum),
  Block: Object.keys(Prisma.BlockScalarFieldEnum),
  BlockVersion: Object.keys(Prisma.BlockVersionScalarFieldEnum),
  Conversation: Object.keys(Prisma.ConversationScalarFieldEnum),
  Message: Object.keys(Prisma.MessageScalarFieldEnum),
  Run: Object.keys(Prisma.RunScalarFieldEnum),
  ToolCall: Object.keys(Prisma.ToolCallScalarFieldEnum),
  Tool: Object.keys(Prisma.ToolScalarFieldEnum),
};

/** Each row says whose list it is in, and which `part` of the answer it is: of the page, or `behind` or `ahead` of it. */
export function pageStatement(list: List, owners: readonly string[], request: PageRequest): Prisma.Sql {
  const { after, before, order } = request;
  const one = owners.length === 1 ? owners[0] : undefined;
  const owner = one === undefined ? Prisma.sql`owner.id` : Prisma.sql`${one}::text`;
  const parts = [
    range(list, owner, 'page', request),
    ...(after ? [range(list, owner, 'behind', { order, isForward: false, upTo: after, limit: 1 })] : []),
    ...(before ? [range(list, owner, 'ahead', { order, isForward: true, from: before, limit: 1 })] : []),
  ];
  const all = Prisma.join(parts, ' UNION ALL ');
  if (one !== undefined) return all;
  return Prisma.sql`
    SELECT entry.*
    FROM unnest(${owners}::text[]) AS owner(id) CROSS JOIN LATERAL (${all}) AS entry`;
}

interface Range {
  order: Order;
  isForward: boolean;
  limit: number;
  after?: Place | undefined;
  before?: Place | undefined;
  /** Like `after` and `before`, but the place itself is in the range. */
  from?: Place;
  upTo?: Place;
}

/**
 * Rows with a value and rows without one are two regions, each a plain range of the index: one condition for both would
 * read the whole list. UNION ALL gives them in turn, and LIMIT stops before the second when the first has enough.
 */
function range(list: List, owner: Prisma.Sql, part: string, request: Range): Prisma.Sql {
  const regions = regionsOf(request).map((hasValue) => region(list, owner, request, hasValue));
  const [only = Prisma.sql`SELECT item.* FROM ${tableOf(list)} WHERE false`] = regions;
  const rows =
    regions.length > 1 ? Prisma.sql`${Prisma.join(regions, ' UNION ALL ')} LIMIT ${request.limit}::int` : only;
  return Prisma.sql`
    (SELECT '${Prisma.raw(part)}' AS part, ${owner} AS "listOwner", ${columns(list, 'found')}
    FROM (${rows}) AS found)`;
}

/** Whether their rows have a value, of those regions that the range touches, in the order in which it is read. */
function regionsOf({ order, isForward, after, from = after, before, upTo = before }: Range): boolean[] {
  const all = order.nulls ? [order.nulls === 'LAST', order.nulls === 'FIRST'] : [true];
  const indexOf = (place: Place) => all.indexOf(place.value !== null);
  const touched = all.slice(from && indexOf(from), upTo && indexOf(upTo) + 1);
  return isForward ? touched : touched.toReversed();
}

/** Its ORDER BY is that of the index, place of the nulls included: else it would be sorted. */
function region(list: List, owner: Prisma.Sql, request: Range, hasValue: boolean): Prisma.Sql {
  const { order, isForward, limit, after, from, before, upTo } = request;
  const column = Prisma.raw(`item."${order.column}"`);
  const [above, below] = order.direction === 'ASC' ? ['>', '<'] : ['<', '>'];
  const bounds = { [above]: after, [`${above}=`]: from, [below]: before, [`${below}=`]: upTo };
  const conditions = [
    isOf(list, owner),
    Prisma.sql`${column} IS ${Prisma.raw(hasValue ? 'NOT NULL' : 'NULL')}`,
    ...Object.entries(bounds).flatMap(([comparison, place]) =>
      place && hasValue === (place.value !== null) ? [bound(order, column, comparison, place)] : [],
    ),
    list.where,
  ];
  const direction = Prisma.raw((order.direction === 'ASC') === isForward ? 'ASC NULLS LAST' : 'DESC NULLS FIRST');
  const thenById = order.isUnique ? Prisma.empty : Prisma.sql`, item.id ${direction}`;
  return Prisma.sql`
    (SELECT ${columns(list, 'item')}
    FROM ${tableOf(list)}
    WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${column} ${direction}${thenById}
    LIMIT ${limit}::int)`;
}

/**
 * The subselects hide the place from the planner. When it believes, by old statistics, that few rows lie beyond an id, it
 * would read all of them by the primary key and sort: tens of thousands for one page.
 */
function bound(order: Order, column: Prisma.Sql, comparison: string, { value, id }: Place): Prisma.Sql {
  const operator = Prisma.raw(comparison);
  const hiddenId = Prisma.sql`(SELECT ${id}::text)`;
  if (value === null) return Prisma.sql`item.id ${operator} ${hiddenId}`;
  const hiddenValue = Prisma.sql`(SELECT ${value}::${Prisma.raw(order.type)})`;
  if (order.isUnique) return Prisma.sql`${column} ${operator} ${hiddenValue}`;
  return Prisma.sql`(${column}, item.id) ${operator} (${hiddenValue}, ${hiddenId})`;
}

function isOf({ owner: by }: List, owner: Prisma.Sql): Prisma.Sql {
  if (typeof by === 'string') return Prisma.sql`${Prisma.raw(`item."${by}"`)} = ${owner}`;
  const { table, row, owner: column } = by;
  return Prisma.sql`item.id IN (${Prisma.raw(`SELECT link."${row}" FROM "${table}" AS link WHERE link."${column}"`)} = ${owner})`;
}

const tableOf = ({ table }: List) => Prisma.raw(`"${table}" AS item`);

const columns = ({ table }: List, alias: string) =>
  Prisma.raw(columnsOf[table].map((column) => `${alias}."${column}"`).join(', '));
