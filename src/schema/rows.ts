import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import { visible } from '../services/visible.ts';
import type PrismaTypes from '../store/generated/pothos.ts';
import type { Context } from './context.ts';
import { selectionOf, type Selection, type SelectionPath } from './selection.ts';

export type NodeType = 'Agent' | 'Block' | 'Conversation' | 'Message' | 'Run' | 'Step' | 'Tool' | 'ToolCall';
/** The tables whose rows are nodes, or items of lists. */
export type Table = NodeType | 'BlockVersion';
export type Row<T extends Table> = PrismaTypes[T]['Shape'];

interface Query extends Selection {
  where: object;
}

/** What all delegates of Prisma have in common: the union of their own types cannot be called. */
interface Delegate<T extends Table> {
  findMany(query: Query): Promise<Row<T>[]>;
  findFirst(query: Query): Promise<Row<T> | null>;
}

export function delegateOf<T extends Table>({ deps: { db } }: Context, table: T): Delegate<T> {
  return db[uncapitalize(table)] as unknown as Delegate<T>;
}

/** Which rows the viewer can see. Every field that leads to a node of another owner reads by it. */
export function visibleRows({ viewer }: Context, type: NodeType): object {
  return visible[uncapitalize<NodeType>(type)](viewer);
}

/**
 * The row with this id, if it is visible, with the relations that the field selects, or that are selected at `path` below
 * it: in one statement for all parents of the field.
 */
export function loadRow<T extends NodeType>(
  context: Context,
  info: GraphQLResolveInfo,
  table: T,
  id: string,
  path: SelectionPath = [],
): Promise<Row<T> | null> {
  const selection = selectionOf(context, info, table, path);
  const create = () =>
    new DataLoader<string, Row<T> | null>(async (ids) => {
      const rows = await delegateOf(context, table).findMany({
        ...selection,
        where: { id: { in: [...ids] }, ...visibleRows(context, table) },
      });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((one) => byId.get(one) ?? null);
    });
  return context.loaders.at(info, create).load(id);
}

/** The name of a table as Prisma's client has it, and the field of a payload that shows a row of it. */
export function uncapitalize<Name extends string>(name: Name): Uncapitalize<Name> {
  return (name.charAt(0).toLowerCase() + name.slice(1)) as Uncapitalize<Name>;
}
