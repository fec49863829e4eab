import { blockConditions } from '../../store/list-conditions.ts';
import { Block } from './block.ts';
import { builder } from '../builder.ts';
import { keysetConnection } from '../lists/keyset.ts';
import { NEWEST_FIRST, orderInput, toOrder, type OrderColumns } from '../lists/order.ts';

const BlockOrderField = builder.enumType('BlockOrderField', {
  description: 'What blocks can be ordered by. Those with the same value are ordered by id, in the same direction.',
  values: {
    CREATED_AT: { description: 'createdAt: never null.' },
    UPDATED_AT: { description: 'updatedAt: never null.' },
    LABEL: { description: 'label: never null. As the database sorts text.' },
  } as const,
});

const columns = {
  CREATED_AT: { column: 'createdAt', type: 'timestamptz', isNullable: false },
  UPDATED_AT: { column: 'updatedAt', type: 'timestamptz', isNullable: false },
  LABEL: { column: 'label', type: 'text', isNullable: false },
} satisfies OrderColumns<(typeof BlockOrderField)['$inferType']>;

const BlockFilter = builder.inputType('BlockFilter', {
  description:
    'Which blocks are wanted: those that fulfil everything given. Null and an empty `labelSearch` count as left out.',
  fields: (t) => ({
    label: t.string({ description: 'Those with exactly this label.' }),
    labelSearch: t.string({
      description: 'Those whose label has this text in it, in capital or small letters. No character is a wildcard.',
    }),
    agentId: t.id({ description: 'Those that this agent has: agent-…' }),
    isAttached: t.boolean({ description: 'Those that some agent has; false: those that none has.' }),
  }),
});

const BlockConnection = builder.connectionObject(
  { type: Block, name: 'BlockConnection', description: 'A page of blocks.' },
  { name: 'BlockEdge', description: 'A block and its place in the list.' },
);

builder.queryField('blocks', (t) =>
  t.connection(
    {
      description:
        'All blocks, whether an agent has them or not. The isolated ones are not among them: see `Conversation.isolatedBlocks`.',
      type: Block,
      args: {
        filter: t.arg({ type: BlockFilter, description: 'Which. All, when left out.' }),
        orderBy: t.arg({
          type: orderInput('Block', BlockOrderField),
          defaultValue: NEWEST_FIRST,
          description: 'In which order. Null counts as left out.',
        }),
      },
      resolve: (_root, { filter, orderBy, ...args }, context, info) => {
        const { deps, viewer } = context;
        return keysetConnection(viewer.organizationId, args, context, info, {
          table: 'Block',
          owner: 'organizationId',
          where: blockConditions(viewer.organizationId, filter ?? {}),
          order: toOrder('blocks', columns, orderBy ?? NEWEST_FIRST),
          withRelations: (ids, selection) => deps.db.block.findMany({ ...selection, where: { id: { in: ids } } }),
        });
      },
    },
    BlockConnection,
  ),
);
