import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import { readPages } from '../../store/read-pages.ts';
import type { Order } from '../../store/page-statement.ts';
import type { Context } from '../context.ts';
import type { Row } from '../rows.ts';
import { selectionOf } from '../selection.ts';
import { completeNodes, type ListOf, type ListTable } from './list.ts';

/** The first row of the list of `owner`, for all owners in one statement. */
export function firstRow<T extends ListTable>(
  owner: string,
  context: Context,
  info: GraphQLResolveInfo,
  list: ListOf<T> & { order: Order },
): Promise<Row<T> | null> {
  const selection = selectionOf(context, info, list.table);
  const create = () =>
    new DataLoader<string, Row<T> | null>(async (owners) => {
      const request = { order: list.order, isForward: true, limit: 1 };
      const pages = await readPages<Row<T>>(context.deps.sql, list, owners, request);
      const nodes = await completeNodes(context, list.table, pages.values(), selection);
      return owners.map((one) => nodes.get(pages.get(one)?.rows[0]?.id ?? '') ?? null);
    });
  return context.loaders.at(info, create).load(owner);
}
