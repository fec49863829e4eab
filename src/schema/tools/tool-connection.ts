import { toolConditions } from '../../store/list-conditions.ts';
import { builder } from '../builder.ts';
import { keysetConnection } from '../lists/keyset.ts';
import { NEWEST_FIRST, orderInput, toOrder, type OrderColumns } from '../lists/order.ts';
import { Tool, ToolKind } from './tool.ts';

const ToolOrderField = builder.enumType('ToolOrderField', {
  description: 'What tools can be ordered by. Those with the same value are ordered by id, in the same direction.',
  values: {
    CREATED_AT: { description: 'createdAt: never null.' },
    NAME: { description: 'name: never null, and no two have the same. As the database sorts text.' },
  } as const,
});

const columns = {
  CREATED_AT: { column: 'createdAt', type: 'timestamptz', isNullable: false },
  NAME: { column: 'name', type: 'text', isNullable: false, isUnique: true },
} satisfies OrderColumns<(typeof ToolOrderField)['$inferType']>;

const ToolFilter = builder.inputType('ToolFilter', {
  description: 'Which tools are wanted: those that fulfil everything given. Null counts as left out.',
  fields: (t) => ({
    name: t.string({ description: 'The one with exactly this name.' }),
    kind: t.field({ type: ToolKind, description: 'Those of this kind.' }),
  }),
});

const ToolConnection = builder.connectionObject(
  { type: Tool, name: 'ToolConnection', description: 'A page of tools.' },
  { name: 'ToolEdge', description: 'A tool and its place in the list.' },
);

builder.queryField('tools', (t) =>
  t.connection(
    {
      description: 'All tools, whether an agent has them or not, the built-in ones too.',
      type: Tool,
      args: {
        filter: t.arg({ type: ToolFilter, description: 'Which. All, when left out.' }),
        orderBy: t.arg({
          type: orderInput('Tool', ToolOrderField),
          defaultValue: NEWEST_FIRST,
          description: 'In which order. Null counts as left out.',
        }),
      },
      resolve: (_root, { filter, orderBy, ...args }, context, info) => {
        const { deps, viewer } = context;
        return keysetConnection(viewer.organizationId, args, context, info, {
          table: 'Tool',
          owner: 'organizationId',
          where: toolConditions(viewer.organizationId, filter ?? {}),
          order: toOrder('tools', columns, orderBy ?? NEWEST_FIRST),
          withRelations: (ids, selection) => deps.db.tool.findMany({ ...selection, where: { id: { in: ids } } }),
        });
      },
    },
    ToolConnection,
  ),
);
