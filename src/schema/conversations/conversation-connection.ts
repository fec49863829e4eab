import { conversationConditions } from '../../store/list-conditions.ts';
import { builder } from '../builder.ts';
import { defineList } from '../lists/define-list.ts';
import { Conversation, ConversationStatus } from './conversation.ts';

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

const { args, Connection, page } = defineList({
  table: 'Conversation',
  type: Conversation,
  nouns: ['A conversation', 'conversations'],
  description: 'All conversations with all agents.',
  filter: ConversationFilter,
  conditions: conversationConditions,
  orderFields: {
    CREATED_AT: { column: 'createdAt', type: 'timestamptz' },
    LAST_RUN_COMPLETION: { column: 'lastRunCompletion', type: 'timestamptz', nullUntil: 'a run has ended' },
    LAST_MESSAGE_AT: { column: 'lastMessageAt', type: 'timestamptz', nullUntil: 'a message was sent' },
    LAST_ACTIVITY_AT: { column: 'lastActivityAt', type: 'timestamptz' },
  },
});

builder.prismaObjectFields('Agent', (t) => ({
  conversations: t.connection(
    {
      description: 'Its conversations, the default one included.',
      type: Conversation,
      args,
      resolve: ({ id }, pageArgs, context, info) => page('agentId', id, pageArgs, context, info),
    },
    Connection,
  ),
}));
