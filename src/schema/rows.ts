import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import type PrismaTypes from '../store/generated/pothos.ts';
import type { Context } from './context.ts';
import { selectionOf, type Selection } from './selection.ts';

/** The tables whose rows are nodes, or items of lists. */
export type Table =
  'Agent' | 'Block' | 'BlockVersion' | 'Conversation' | 'Message' | 'Run' | 'Step' | 'Tool' | 'ToolCall';
export type Row<T extends Table> = PrismaTypes[T]['Shape'];

interface Query extends Selection {
  where: object;
}

/** What all delegates of Prisma have in common: the union of their own types cannot be called. */
interface Delegate<T extends Table> {
  findMany(query: Query): Promise<Row<T>[]>;
  findUniqueOrThrow(query: Query): Promise<Row<T>>;
}

export function delegateOf<T extends Table>({ deps: { db } }: Context, table: T): Delegate<T> {
  return db[uncapitalize(table)] as unknown as Delegate<T>;
}

/**
 * The row with this id, with the relations that the field selects: in one statement for all parents of the field. The
 * `where` has to be the same for all of them.
 */
export function loadRow<T extends Table>(
  context: Context,
  info: GraphQLResolveInfo,
  table: T,
  id: string,
  where: object,
): Promise<Row<T> | null> {
  const selection = selectionOf(context, info, table);
  const create = () =>
    new DataLoader<string, Row<T> | null>(async (ids) => {
      const rows = await delegateOf(context, table).findMany({
        ...selection,
        where: { id: { in: [...ids] }, ...where },
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
