import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import { readPages } from '../../store/keyset.ts';
import type { Order } from '../../store/page-statement.ts';
import type { Context } from '../context.ts';
import { completeNodes, type ListDefinition } from './list.ts';
import { selectionOf } from '../selection.ts';

/** The first row of the list of `owner`, for all owners in one statement. */
export function firstRow<Node extends { id: string }>(
  owner: string,
  context: Context,
  info: GraphQLResolveInfo,
  list: Omit<ListDefinition<Node>, 'order'> & { order: Order },
): Promise<Node | null> {
  const selection = selectionOf(context, info, list.table);
  const create = () =>
    new DataLoader<string, Node | null>(async (owners) => {
      const request = { order: list.order, isForward: true, limit: 1 };
      const pages = await readPages<Node>(context.deps.sql, list, owners, request);
      const nodes = await completeNodes([...pages.values()], list, selection);
      return owners.map((owner) => nodes.get(pages.get(owner)?.rows[0]?.id ?? '') ?? null);
    });
  return context.loaders.at(info, create).load(owner);
}
