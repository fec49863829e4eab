import type { GraphQLResolveInfo } from 'graphql';
import type { ConversationFilter as Filter } from '../../store/filters.ts';
import { conversationConditions } from '../../store/list-conditions.ts';
import type { List } from '../../store/page-statement.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { Conversation, ConversationStatus } from './conversation.ts';
import { keysetConnection, type PageArgs } from '../lists/keyset.ts';
import { NEWEST_FIRST, orderInput, toOrder, type OrderColumns, type OrderInput } from '../lists/order.ts';

const ConversationOrderField = builder.enumType('ConversationOrderField', {
  description:
    'What conversations can be ordered by. Those with the same value are ordered by id, in the same direction.',
  values: {
    CREATED_AT: { description: 'createdAt: never null.' },
    LAST_RUN_COMPLETION: { description: 'lastRunCompletion: null until a run has ended.' },
    LAST_MESSAGE_AT: { description: 'lastMessageAt: null until a message was sent.' },
    LAST_ACTIVITY_AT: { description: 'lastActivityAt: never null.' },
  } as const,
});

const columns = {
  CREATED_AT: { column: 'createdAt', type: 'timestamptz', isNullable: false },
  LAST_RUN_COMPLETION: { column: 'lastRunCompletion', type: 'timestamptz', isNullable: true },
  LAST_MESSAGE_AT: { column: 'lastMessageAt', type: 'timestamptz', isNullable: true },
  LAST_ACTIVITY_AT: { column: 'lastActivityAt', type: 'timestamptz', isNullable: false },
} satisfies OrderColumns<(typeof ConversationOrderField)['$inferType']>;

const ConversationFilter = builder.inputType('ConversationFilter', {
  description:
    'Which conversations are wanted: those that fulfil everything given. Null, an empty text and an empty list count as left out.',
  fields: (t) => ({
    agentId: t.id({ description: 'Those with this agent.' }),
    summarySearch: t.string({
      description: 'Those whose summary has this text in it, in capital or small letters. No character is a wildcard.',
    }),
    statuses: t.field({ type: [ConversationStatus], description: 'Those with one of these statuses now.' }),
  }),
});

const listArgs = builder.args((t) => ({
  filter: t.field({ type: ConversationFilter, description: 'Which. All, when left out.' }),
  orderBy: t.field({
    type: orderInput('Conversation', ConversationOrderField),
    defaultValue: NEWEST_FIRST,
    description: 'In which order. Null counts as left out.',
  }),
}));

const ConversationConnection = builder.connectionObject(
  { type: Conversation, name: 'ConversationConnection', description: 'A page of conversations.' },
  { name: 'ConversationEdge', description: 'A conversation and its place in the list.' },
);

builder.queryField('conversations', (t) =>
  t.connection(
    {
      description: 'All conversations with all agents.',
      type: Conversation,
      args: listArgs,
      resolve: (_root, args, context, info) =>
        conversationPage('organizationId', context.viewer.organizationId, args, context, info),
    },
    ConversationConnection,
  ),
);

builder.prismaObjectFields('Agent', (t) => ({
  conversations: t.connection(
    {
      description: 'Its conversations, the default one included.',
      type: Conversation,
      args: listArgs,
      resolve: ({ id }, args, context, info) => conversationPage('agentId', id, args, context, info),
    },
    ConversationConnection,
  ),
}));

interface ConversationPageArgs extends PageArgs {
  filter?: Filter | null | undefined;
  orderBy?: OrderInput<keyof typeof columns> | null | undefined;
}

function conversationPage(
  owner: List['owner'],
  id: string,
  { filter, orderBy, ...args }: ConversationPageArgs,
  context: Context,
  info: GraphQLResolveInfo,
) {
  const { deps, viewer } = context;
  return keysetConnection(id, args, context, info, {
    table: 'Conversation',
    owner,
    where: conversationConditions(viewer.organizationId, filter ?? {}),
    order: toOrder('conversations', columns, orderBy ?? NEWEST_FIRST),
    withRelations: (ids, selection) => deps.db.conversation.findMany({ ...selection, where: { id: { in: ids } } }),
  });
}
