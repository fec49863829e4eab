import type { GraphQLResolveInfo } from 'graphql';
import { typeOfId } from '../ids.ts';
import type { Context } from './context.ts';
import { readHeadsFirst } from './heads-first.ts';
import { typeOfMessage } from './message-kind.ts';
import { delegateOf, visibleRows, type NodeType, type Row } from './rows.ts';
import { selectionOf } from './selection.ts';

const types: NodeType[] = ['Agent', 'Block', 'Conversation', 'Message', 'Run', 'Step', 'Tool', 'ToolCall'];

/** The nodes in the order of their ids, null where there is none, each with its `__typename`. */
export async function loadNodes(context: Context, info: GraphQLResolveInfo, ids: string[]) {
  await readHeadsFirst(context, info, ids);
  const rows = await Promise.all(types.map((type) => readNodes(context, info, type, ids)));
  const byId = new Map(rows.flat().map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** One statement a table, with the viewer in its predicate, so that a foreign id is the same as a missing one. */
export async function readNodes<T extends NodeType>(
  context: Context,
  info: GraphQLResolveInfo,
  type: T,
  ids: string[],
) {
  const mine = ids.filter((id) => typeOfId(id) === type);
  if (mine.length === 0) return [];
  const where = { id: { in: mine }, ...visibleRows(context, type) };
  const rows: Row<T>[] = await delegateOf(context, type).findMany({ ...selectionOf(context, info, type), where });
  return rows.map((row) => ({ ...row, __typename: 'inContext' in row ? typeOfMessage(row) : type }));
}
