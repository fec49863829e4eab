import type { Prisma } from '../store/generated/client.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { Conversation } from './conversation.ts';
import { keysetConnection, newestFirst, type PageArgs } from './keyset.ts';
import { nodeSelectionOf, type Selection } from './selection.ts';
import { visible } from '../services/visible.ts';

const ConversationConnection = builder.connectionObject(
  { type: Conversation, name: 'ConversationConnection', description: 'A page of conversations.' },
  { name: 'ConversationEdge', description: 'A conversation and its place in the list.' },
);

builder.queryField('conversations', (t) =>
  t.connection(
    {
      description: 'All conversations with all agents, the newest first.',
      type: Conversation,
      resolve: (_root, args, context, info) =>
        conversationPage(args, context, nodeSelectionOf(context, info, 'Conversation'), {}),
    },
    ConversationConnection,
  ),
);

builder.prismaObjectFields('Agent', (t) => ({
  conversations: t.connection(
    {
      description: 'The newest first, the default one included.',
      type: Conversation,
      resolve: ({ id: agentId }, args, context, info) =>
        conversationPage(args, context, nodeSelectionOf(context, info, 'Conversation'), { agentId }),
    },
    ConversationConnection,
  ),
}));

function conversationPage(
  args: PageArgs,
  { deps: { db }, viewer }: Context,
  selection: Selection,
  which: Prisma.ConversationWhereInput,
) {
  const own = { ...visible.conversation(viewer), ...which };
  return keysetConnection(args, newestFirst('conversations'), {
    find: ({ where, ...page }) => db.conversation.findMany({ ...selection, ...page, where: { AND: [own, where] } }),
    count: ({ where, ...page }) => db.conversation.count({ ...page, where: { AND: [own, where] } }),
  });
}
