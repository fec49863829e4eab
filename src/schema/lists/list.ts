import type { Page } from '../../store/keyset.ts';
import type { List } from '../../store/page-statement.ts';
import type { NamedOrder } from './list-cursor.ts';
import { hasRelations, type Selection } from '../selection.ts';

interface Row {
  id: string;
}

export interface ListDefinition<Node extends Row> extends List {
  order: NamedOrder;
  /** The same rows with their relations. */
  withRelations(ids: string[], selection: Selection): Promise<Node[]>;
}

/** Relations are Prisma's to read: once for all pages, and only where some are selected. */
export async function completeNodes<Node extends Row>(
  pages: Page<Node>[],
  list: Omit<ListDefinition<Node>, 'order'>,
  selection: Selection,
): Promise<Map<string, Node>> {
  const rows = pages.flatMap((page) => page.rows);
  const complete =
    hasRelations(selection) && rows.length > 0
      ? await list.withRelations(
          rows.map(({ id }) => id),
          selection,
        )
      : rows;
  return new Map(complete.map((node) => [node.id, node]));
}
