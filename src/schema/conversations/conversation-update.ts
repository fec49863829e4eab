import type { GraphQLResolveInfo } from 'graphql';
import { MOST_PENDING, type ConversationUpdate as Update } from '../../events/conversation-topic.ts';
import { findAgent } from '../../services/access.ts';
import { retryWhileUnavailable } from '../../store/unavailable.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { print } from '../limits.ts';
import { Conversation } from './conversation.ts';
import { loadRow, type Row } from '../rows.ts';
import { untilReturned } from '../events/until-returned.ts';

type Delivery = Pick<Update, 'conversationId'> & { conversation: Row<'Conversation'> | null };

const ConversationChanged = builder.objectRef<Delivery>('ConversationChanged').implement({
  description:
    'It is new, or something that a list shows of it may have changed: its status, activity, summary or last message. ' +
    'Put it in the place of what you have with its id.',
  fields: (t) => ({
    conversation: t.field({
      type: Conversation,
      description: 'The conversation, as it is now: never older than the change.',
      resolve: ({ conversation }) => conversation!,
    }),
  }),
});

const ConversationRemoved = builder.objectRef<Delivery>('ConversationRemoved').implement({
  description: 'It was deleted, by itself or with its agent. Nothing more comes of it.',
  fields: (t) => ({ conversationId: t.exposeID('conversationId', { description: 'The conversation that is gone.' }) }),
});

const ConversationUpdate = builder.unionType('ConversationUpdate', {
  description: 'What a list of conversations has to show anew. More members may come.',
  types: [ConversationChanged, ConversationRemoved],
  resolveType: ({ conversation }) => (conversation ? 'ConversationChanged' : 'ConversationRemoved'),
});

builder.subscriptionField('conversationUpdates', (t) =>
  t.field({
    description:
      'For lists and badges: a conversation of mine appeared, changed (status, activity, summary, last message) or went. No replay: refetch the first page after connecting; ' +
      'what changes from when you subscribe is delivered, and some of what changed in the seconds before. Changes that follow each other closely, or faster than you read, come as one, with the latest state. ' +
      'None is missed: an update that cannot be sent at once, as when Redis is away, arrives about a second later. An update that comes with errors could not be read: refetch what you show. ' +
      `Ends by itself only when you read so slowly that ${print(MOST_PENDING)} conversations wait: subscribe anew, and refetch.`,
    type: ConversationUpdate,
    args: {
      agentId: t.arg.id({
        description: 'Only conversations with this agent. Null counts as left out. A missing agent: NOT_FOUND.',
      }),
    },
    subscribe: async (_root, { agentId }, { deps, viewer }) => {
      if (agentId != null) await findAgent(deps, viewer, agentId);
      const which = { organizationId: viewer.organizationId, ...(agentId != null && { agentId }) };
      return untilReturned((signal) => deliver(deps.conversationFeed.follow(which, signal), signal));
    },
    resolve: async ({ conversationId, isRemoved, signal }: Update & { signal: AbortSignal }, _args, context, info) => ({
      conversationId,
      conversation: isRemoved ? null : await retryWhileUnavailable(() => load(conversationId, context, info), signal),
    }),
  }),
);

async function* deliver(updates: AsyncGenerator<Update>, signal: AbortSignal) {
  for await (const update of updates) yield { ...update, signal };
}

/** Null when it was deleted after the change. */
function load(id: string, context: Context, info: GraphQLResolveInfo): Promise<Row<'Conversation'> | null> {
  const path = [{ type: ConversationChanged.name, name: 'conversation' }];
  return loadRow(context, info, 'Conversation', id, path);
}
