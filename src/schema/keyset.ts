import { z } from 'zod';
import { InvalidCursorError } from '../errors.ts';
import { typeOfId } from '../ids.ts';
import { badUserInput } from './bad-user-input.ts';

const DEFAULT_SIZE = 50;
const MAX_SIZE = 200;

/** An order by one column, whose values are unique in the list. */
export interface Order {
  /** Cursors are bound to it. */
  name: string;
  column: 'id' | 'position';
  direction: 'asc' | 'desc';
}

/** Ids rise with time. */
export function newestFirst(list: string): Order {
  return { name: list, column: 'id', direction: 'desc' };
}

export interface PageArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

type Comparison = 'gt' | 'gte' | 'lt' | 'lte';
type Value = string | number;

/** A condition for Prisma. Which of the two it is follows from the order. */
interface Range {
  id?: { [comparison in Comparison]?: string };
  position?: { [comparison in Comparison]?: number };
}

/** How the rows of one list are read: all of its own conditions, and those it is given. */
export interface Rows<Row> {
  find(page: {
    where: Range;
    orderBy: { [column in Order['column']]?: Order['direction'] };
    take: number;
  }): Promise<Row[]>;
  count(page: { where: Range; take?: number }): Promise<number>;
}

/** One page of a list. It reads the rows of the page and one more, however far down the page lies. */
export async function keysetConnection<Row extends { id: string; position?: number | null }>(
  args: PageArgs,
  order: Order,
  rows: Rows<Row>,
) {
  const { size, isForward } = pageOf(args);
  const after = args.after == null ? undefined : decodeCursor(order, args.after);
  const before = args.before == null ? undefined : decodeCursor(order, args.before);
  const [isAfter, isBefore] = order.direction === 'asc' ? (['gt', 'lt'] as const) : (['lt', 'gt'] as const);

  const found = await rows.find({
    where: range(order, { [isAfter]: after, [isBefore]: before }),
    orderBy: { [order.column]: isForward ? order.direction : opposite[order.direction] },
    take: size + 1,
  });
  const hasMore = found.length > size;
  const page = isForward ? found.slice(0, size) : found.slice(0, size).toReversed();
  const edges = page.map((node) => ({ cursor: encodeCursor(order, node), node }));
  const exists = async (comparison: Comparison, value: Value | undefined) =>
    value !== undefined && (await rows.count({ where: range(order, { [comparison]: value }), take: 1 })) > 0;

  return {
    edges,
    totalCount: () => rows.count({ where: {} }),
    // Read when it is selected only.
    get pageInfo() {
      return (async () => ({
        hasNextPage: (isForward && hasMore) || (await exists(`${isAfter}e`, before)),
        hasPreviousPage: (!isForward && hasMore) || (await exists(`${isBefore}e`, after)),
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      }))();
    },
  };
}

const opposite = { asc: 'desc', desc: 'asc' } as const;

function pageOf({ first, last }: PageArgs) {
  if (first != null && last != null) throw badUserInput('Give first or last, not both');
  const size = first ?? last ?? DEFAULT_SIZE;
  if (size < 1 || size > MAX_SIZE)
    throw badUserInput(`${last == null ? 'first' : 'last'} must be from 1 to ${MAX_SIZE}`);
  return { size, isForward: last == null };
}

const values = {
  id: z.string().refine((id) => typeOfId(id) !== undefined),
  position: z.int32(),
};

function range({ column }: Order, comparisons: { [comparison in Comparison]?: Value | undefined }): Range {
  return { [column]: comparisons } as Range;
}

function encodeCursor({ name, column }: Order, row: { id: string; position?: number | null }): string {
  return Buffer.from(JSON.stringify([name, row[column], row.id])).toString('base64url');
}

function decodeCursor({ name, column }: Order, cursor: string): Value {
  const Cursor = z.tuple([z.literal(name), values[column], values.id]);
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))[1];
  } catch {
    throw new InvalidCursorError(); // whatever is wrong with it, the client's remedy is the same
  }
}
