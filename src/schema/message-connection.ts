import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { keysetConnection, type Order, type PageArgs } from './keyset.ts';
import { Message } from './message.ts';
import { nodeSelectionOf, type Selection } from './selection.ts';

const MessageConnection = builder.connectionObject(
  { type: Message, name: 'MessageConnection', description: 'A page of messages.' },
  { name: 'MessageEdge', description: 'A message and its place in the history.' },
);

const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which way a list runs.',
  values: {
    ASC: { description: 'Rising: the first, the oldest, the least first.' },
    DESC: { description: 'Falling.' },
  } as const,
});

builder.prismaObjectFields('Conversation', (t) => ({
  messages: t.connection(
    {
      description:
        'The whole history, messages that left the context too, by position. What a queued run brings is not in it until that run starts.',
      type: Message,
      args: {
        direction: t.arg({
          type: OrderDirection,
          defaultValue: 'ASC',
          description: 'ASC: the first message first. Null counts as left out.',
        }),
      },
      resolve: async ({ id: conversationId }, { direction, ...args }, context, info) => {
        await context.loaders.head.load(conversationId);
        const order = {
          name: `${direction ?? 'ASC'} ${conversationId}`,
          direction: direction === 'DESC' ? 'desc' : 'asc',
        } as const;
        return messagePage(args, order, context, nodeSelectionOf(context, info, 'Message'), { conversationId });
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
      resolve: ({ id: runId }, args, context, info) =>
        messagePage(args, { name: runId, direction: 'asc' }, context, nodeSelectionOf(context, info, 'Message'), {
          runId,
        }),
    },
    MessageConnection,
  ),
}));

function messagePage(
  args: PageArgs,
  order: Omit<Order, 'column'>,
  { deps: { db } }: Context,
  selection: Selection,
  which: { conversationId: string } | { runId: string },
) {
  const own = { ...which, position: { not: null } };
  return keysetConnection(
    args,
    { ...order, column: 'position' },
    {
      find: ({ where, ...page }) => db.message.findMany({ ...selection, ...page, where: { AND: [own, where] } }),
      count: ({ where, ...page }) => db.message.count({ ...page, where: { AND: [own, where] } }),
    },
  );
}
