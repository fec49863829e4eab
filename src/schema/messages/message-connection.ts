import { builder } from '../builder.ts';
import { keysetConnection } from '../lists/keyset-connection.ts';
import { Message, MessageKind } from './message.ts';
import { messageList } from './message-list.ts';
import { SummaryMessage } from './message-types.ts';
import { OrderDirection } from '../lists/order.ts';

const MessageFilter = builder.inputType('MessageFilter', {
  description:
    'Which messages are wanted: those that fulfil everything given. Null and an empty list count as left out.',
  fields: (t) => ({
    kinds: t.field({ type: [MessageKind], description: 'Those of one of these kinds.' }),
    inContext: t.boolean({ description: 'Those that the next model call would see; false: those that it would not.' }),
    runId: t.id({ description: 'Those that this run brought or wrote.' }),
    groupId: t.id({ description: 'Those that were sent with this groupId.' }),
  }),
});

const MessageConnection = builder.connectionObject(
  { type: Message, name: 'MessageConnection', description: 'A page of messages.' },
  { name: 'MessageEdge', description: 'A message and its place in the history.' },
);

builder.prismaObjectFields('Conversation', (t) => ({
  messages: t.connection(
    {
      description:
        'The whole history, messages that left the context too, by position. What a queued run brings is not in it until that run starts.',
      type: Message,
      args: {
        filter: t.arg({ type: MessageFilter, description: 'Which. All, when left out.' }),
        direction: t.arg({
          type: OrderDirection,
          defaultValue: 'ASC',
          description: 'ASC: the first message first. Null counts as left out.',
        }),
      },
      resolve: async ({ id }, { filter, direction, ...args }, context, info) => {
        await context.loaders.head.load(id);
        const list = messageList('conversationId', direction ?? 'ASC', filter ?? {});
        return keysetConnection(id, args, context, info, list);
      },
    },
    MessageConnection,
  ),
}));

builder.prismaObjectFields('Run', (t) => ({
  messages: t.connection(
    {
      description: 'What it brought to the history and what it wrote, by position.',
      type: Message,
      resolve: ({ id }, args, context, info) =>
        keysetConnection(id, args, context, info, messageList('runId', 'ASC', {})),
    },
    MessageConnection,
  ),
}));

builder.prismaObjectFields(SummaryMessage, (t) => ({
  covers: t.connection(
    {
      description:
        'The messages that it stands for, by position, an earlier summary among them, if there was one: what that one stands for is under that one. ' +
        'Empty after undoCompaction.',
      type: Message,
      resolve: ({ id }, args, context, info) =>
        keysetConnection(id, args, context, info, messageList('coveredById', 'ASC', {})),
    },
    MessageConnection,
  ),
}));
