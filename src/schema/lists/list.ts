import type { Page } from '../../store/read-pages.ts';
import type { List } from '../../store/page-statement.ts';
import type { Context } from '../context.ts';
import { delegateOf, type Row } from '../rows.ts';
import { hasRelations, type Selection } from '../selection.ts';

export type ListTable = List['table'];

export interface ListOf<T extends ListTable> extends List {
  table: T;
}

/** Relations are Prisma's to read: once for all pages, and only where some are selected. */
export async function completeNodes<T extends ListTable>(
  context: Context,
  table: T,
  pages: Iterable<Page<Row<T>>>,
  selection: Selection,
): Promise<Map<string, Row<T>>> {
  const rows = [...pages].flatMap((page) => page.rows);
  const where = { id: { in: rows.map(({ id }) => id) } };
  const complete =
    hasRelations(selection) && rows.length > 0
      ? await delegateOf(context, table).findMany({ ...selection, where })
      : rows;
  return new Map(complete.map((node) => [node.id, node]));
}
