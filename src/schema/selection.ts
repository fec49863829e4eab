import { queryFromInfo } from '@pothos/plugin-prisma';
import { responsePathAsArray, type GraphQLResolveInfo } from 'graphql';
import type { Context } from './context.ts';

/** What to read beside the columns of a row. All our types read all their columns, so it is never a `select`. */
export interface Selection {
  include?: Record<never, never>;
}

export function selectionOf(context: Context, info: GraphQLResolveInfo, typeName: string): Selection {
  return once(context, info, typeName, []);
}

/** The same for the nodes of a connection, whether they are selected by `nodes` or by `edges`. */
export function nodeSelectionOf(context: Context, info: GraphQLResolveInfo, typeName: string): Selection {
  return once(context, info, typeName, [['nodes'], ['edges', 'node']]);
}

const known = new WeakMap<Context, Map<string, Selection>>();

/**
 * A place of the document is looked at once an operation, not once a row. It has to be in each operation, also where
 * they share what is read: Pothos notes for the operation that the relations are there.
 */
function once(context: Context, info: GraphQLResolveInfo, typeName: string, paths: string[][]): Selection {
  const places = known.get(context) ?? new Map<string, Selection>();
  known.set(context, places);
  const names = responsePathAsArray(info.path).filter((key) => typeof key === 'string');
  const place = [typeName, info.parentType.name, ...names].join(' ');
  const selection = places.get(place) ?? (queryFromInfo({ context, info, typeName, paths }) as Selection);
  places.set(place, selection);
  return selection;
}
