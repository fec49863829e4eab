import DataLoader from 'dataloader';
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { countRows, readPages, type Page } from '../../store/read-pages.ts';
import type { Context } from '../context.ts';
import { completeNodes, type ListOf, type ListTable } from './list.ts';
import { decodeCursor, encodeCursor, type NamedOrder } from './list-cursor.ts';
import type { Row } from '../rows.ts';
import { nodeSelectionOf, type Selection } from '../selection.ts';

export const DEFAULT_SIZE = 50;
export const MAX_SIZE = 200;

export interface PageArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

export interface OrderedList<T extends ListTable> extends ListOf<T> {
  order: NamedOrder;
}

interface Connection<Node> {
  edges: { cursor: string; node: Node }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  totalCount(): Promise<number>;
}

/**
 * One page of the list of `owner`. It reads the rows of the page and one more, however deep in the list it lies, in one
 * statement for all owners whose lists the same field asks for.
 */
export function keysetConnection<T extends ListTable>(
  owner: string,
  args: PageArgs,
  context: Context,
  info: GraphQLResolveInfo,
  list: OrderedList<T>,
): Promise<Connection<Row<T>>> {
  const selection = nodeSelectionOf(context, info, list.table);
  return context.loaders.at(info, () => connectionLoader(args, context, list, selection)).load(owner);
}

function connectionLoader<T extends ListTable>(
  args: PageArgs,
  context: Context,
  list: OrderedList<T>,
  selection: Selection,
): DataLoader<string, Connection<Row<T>>> {
  const { order, table } = list;
  const { sql } = context.deps;
  const { size, isForward } = pageOf(args);
  const after = args.after == null ? undefined : decodeCursor(order, args.after);
  const before = args.before == null ? undefined : decodeCursor(order, args.before);
  const counts = new DataLoader<string, number>(async (owners) => {
    const found = await countRows(sql, list, owners);
    return owners.map((owner) => found.get(owner) ?? 0);
  });
  return new DataLoader<string, Connection<Row<T>>>(async (owners) => {
    const pages = await readPages<Row<T>>(sql, list, owners, { order, after, before, isForward, limit: size + 1 });
    const nodes = await completeNodes(context, table, pages.values(), selection);
    return owners.map((owner) => ({
      ...toConnection(pages.get(owner)!, nodes, order, { size, isForward }),
      totalCount: () => counts.load(owner),
    }));
  });
}

function pageOf({ first, last }: PageArgs) {
  if (first != null && last != null) throw badUserInput('Give first or last, not both');
  const size = first ?? last ?? DEFAULT_SIZE;
  if (size < 1 || size > MAX_SIZE)
    throw badUserInput(`${last == null ? 'first' : 'last'} must be from 1 to ${MAX_SIZE}`);
  return { size, isForward: last == null };
}

function toConnection<Node extends { id: string }>(
  { rows, isAnythingBehind, isAnythingAhead }: Page<Node>,
  nodes: Map<string, Node>,
  order: NamedOrder,
  { size, isForward }: { size: number; isForward: boolean },
): Omit<Connection<Node>, 'totalCount'> {
  const hasMore = rows.length > size;
  // The cursor holds the value by which the row was found here, though it may have got another since.
  const edges = (isForward ? rows.slice(0, size) : rows.slice(-size)).flatMap((row) => {
    const node = nodes.get(row.id);
    return node ? [{ cursor: encodeCursor(order, row), node }] : [];
  });
  return {
    edges,
    pageInfo: {
      hasNextPage: (isForward && hasMore) || isAnythingAhead,
      hasPreviousPage: (!isForward && hasMore) || isAnythingBehind,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** An argument that no valid client would send. */
function badUserInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
