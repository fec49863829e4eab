import type { GraphQLResolveInfo } from 'graphql';
import { typeOfId, type IdType } from '../ids.ts';
import type { Context } from './context.ts';
import { typeOfMessage } from './message-kind.ts';
import { selectionOf, type Selection } from './selection.ts';
import { visible } from '../services/visible.ts';

type NodeType = Exclude<IdType, 'Organization' | 'User' | 'BlockVersion' | 'Image'>;

/** One statement a table, with the viewer in its predicate, so that a foreign id is the same as a missing one. */
const readers = {
  Agent: ({ deps: { db }, viewer }: Context, id: { in: string[] }, selection: Selection) =>
    db.agent.findMany({ ...selection, where: { id, ...visible.agent(viewer) } }),
  Block: ({ deps: { db }, viewer }: Context, id: { in: string[] }, selection: Selection) =>
    db.block.findMany({ ...selection, where: { id, ...visible.block(viewer) } }),
  Conversation: ({ deps: { db }, viewer }: Context, id: { in: string[] }, selection: Selection) =>
    db.conversation.findMany({ ...selection, where: { id, ...visible.conversation(viewer) } }),
  Message: ({ deps: { db }, viewer }: Context, id: { in: string[] }, selection: Selection) =>
    db.message.findMany({ ...selection, where: { id, ...visible.message(viewer) } }),
  Run: ({ deps: { db }, viewer }: Context, id: { in: string[] }, selection: Selection) =>
    db.run.findMany({ ...selection, where: { id, ...visible.run(viewer) } }),
  Step: ({ deps: { db }, viewer }: Context, id: { in: string[] }, selection: Selection) =>
    db.step.findMany({ ...selection, where: { id, ...visible.step(viewer) } }),
  Tool: ({ deps: { db }, viewer }: Context, id: { in: string[] }, selection: Selection) =>
    db.tool.findMany({ ...selection, where: { id, ...visible.tool(viewer) } }),
  ToolCall: ({ deps: { db }, viewer }: Context, id: { in: string[] }, selection: Selection) =>
    db.toolCall.findMany({ ...selection, where: { id, ...visible.toolCall(viewer) } }),
};

/** The nodes in the order of their ids, null where there is none, each with its `__typename`. */
export async function loadNodes(context: Context, info: GraphQLResolveInfo, ids: string[]) {
  const types = Object.keys(readers) as NodeType[];
  await context.loaders.readHeads(info, ids);
  const rows = await Promise.all(types.map((type) => readNodes(context, info, type, ids)));
  const byId = new Map(rows.flat().map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

async function readNodes(context: Context, info: GraphQLResolveInfo, type: NodeType, ids: string[]) {
  const mine = ids.filter((id) => typeOfId(id) === type);
  if (mine.length === 0) return [];
  const rows = await readers[type](context, { in: mine }, selectionOf(context, info, type));
  return rows.map((row) => ({ ...row, __typename: 'inContext' in row ? typeOfMessage(row) : type }));
}
