import type { ObjectRef } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import { prefixes } from '../ids.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { readNodes } from './node.ts';
import { uncapitalize, type NodeType, type Row } from './rows.ts';

/** The query that finds one node of this type by its id. */
export function nodeQuery<T extends NodeType>(
  name: T,
  type: ObjectRef<typeof builder.$inferSchemaTypes, Row<T>>,
  description = 'Null when there is none with this id.',
): void {
  builder.queryField(uncapitalize(name), (t) =>
    t.field({
      description,
      type,
      nullable: true,
      args: { id: t.arg.id({ required: true, description: `${prefixes[name]}-…` }) },
      resolve: (async (_root: unknown, { id }: { id: string }, context: Context, info: GraphQLResolveInfo) =>
        (await readNodes(context, info, name, [id]))[0]) as never,
    }),
  );
}
