import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from './context.ts';

/** What to read beside the columns of a row. All our types read all their columns, so it is never a `select`. */
export interface Selection {
  include?: Record<never, never>;
}

/** Fields on the way from the field to the rows, each on a type. */
export type SelectionPath = { type: string; name: string }[];

/** Call it in each resolver, also where what is read is shared: Pothos notes that the relations of these rows are there. */
export function selectionOf(
  context: Context,
  info: GraphQLResolveInfo,
  typeName: string,
  path: SelectionPath = [],
): Selection {
  return queryFromInfo({ context, info, typeName, path }) as Selection;
}

/** The same for the nodes of a connection, whether they are selected by `nodes` or by `edges`. */
export function nodeSelectionOf(context: Context, info: GraphQLResolveInfo, typeName: string): Selection {
  return queryFromInfo({ context, info, typeName, paths: [['nodes'], ['edges', 'node']] }) as Selection;
}

export function hasRelations({ include = {} }: Selection): boolean {
  return Object.keys(include).length > 0;
}
