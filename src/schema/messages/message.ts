import DataLoader from 'dataloader';
import { MessageKind as Kind, type Message as Row } from '../../store/generated/client.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { firstRow } from '../lists/first-row.ts';
import { typeOfMessage } from '../message-kind.ts';
import { messageList } from './message-list.ts';
import { selectionOf, type Selection } from '../selection.ts';

export const MessageKind = builder.enumType('MessageKind', {
  description: 'One kind for each type of message. More values may come.',
  values: {
    SYSTEM: { description: 'SystemMessage' },
    USER: { description: 'UserMessage' },
    ASSISTANT: { description: 'AssistantMessage' },
    REASONING: { description: 'ReasoningMessage' },
    HIDDEN_REASONING: { description: 'HiddenReasoningMessage' },
    TOOL_CALL: { description: 'ToolCallMessage' },
    TOOL_RETURN: { description: 'ToolReturnMessage' },
    APPROVAL_REQUEST: { description: 'ApprovalRequestMessage' },
    APPROVAL_RESPONSE: { description: 'ApprovalResponseMessage' },
    SUMMARY: { description: 'SummaryMessage' },
  } as const,
});

export const Message = builder.prismaInterface('Message', {
  description: 'One entry of a history. It never moves, and its id is never used again. More types may come.',
  interfaces: [builder.nodeInterfaceRef()],
  resolveType: typeOfMessage,
  fields: (t) => ({
    kind: t.expose('kind', { type: MessageKind, description: 'Says the same as __typename.' }),
    conversation: t.relation('conversation', { description: 'The conversation whose history it is in.' }),
    run: t.relation('run', {
      nullable: true,
      description:
        'The run that brought or wrote it. Null for the system prompt, for what was captured, and for what a fork copied.',
    }),
    step: t.relation('step', { nullable: true, description: 'The model call that wrote it; null for what was sent.' }),
    position: t.exposeInt('position', {
      nullable: true,
      description:
        'Unique and immutable in its conversation, rising. Null while the run that brings it has to wait for another: it enters the history when that run starts.',
    }),
    inContext: t.exposeBoolean('inContext', { description: 'Whether the next model call would see it.' }),
    isRefused: t.exposeBoolean('isRefused', {
      description:
        'Whether the message left the context since the provider refused a request for its content, such as by its moderation. The run of that request failed with the words of the provider; later messages are answered without this one.',
    }),
    otid: t.exposeString('otid', {
      nullable: true,
      description: "The client's own id of it, as it was sent; null when none was.",
    }),
    senderId: t.exposeID('senderId', {
      nullable: true,
      description: 'Who sent it, as the client said. Not checked; null when nothing was said.',
    }),
    groupId: t.exposeID('groupId', {
      nullable: true,
      description: 'What it belongs to, as the client said. Not checked; null when nothing was said.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was stored. Order messages by `position`, not by this.',
    }),
  }),
});

builder.prismaObjectFields('Conversation', (t) => ({
  contextMessages: t.field({
    description: 'What the next model call would see, in its order.',
    type: [Message],
    resolve: async ({ id: conversationId }, _args, context, info) => {
      await context.loaders.head.load(conversationId);
      const selection = selectionOf(context, info, 'Message');
      return context.loaders.at(info, () => contextLoader(context, selection)).load(conversationId);
    },
  }),
  lastMessage: t.field({
    description: 'The last of its history, system messages and summaries aside. Null while there is none.',
    type: Message,
    nullable: true,
    resolve: async ({ id: conversationId }, _args, context, info) => {
      await context.loaders.head.load(conversationId);
      const kinds = Object.values(Kind).filter((kind) => kind !== 'SYSTEM' && kind !== 'SUMMARY');
      return firstRow(conversationId, context, info, messageList('conversationId', 'DESC', { kinds }));
    },
  }),
}));

function contextLoader({ deps: { db } }: Context, selection: Selection): DataLoader<string, Row[]> {
  return new DataLoader<string, Row[]>(async (ids) => {
    const messages = await db.message.findMany({
      ...selection,
      where: { conversationId: { in: [...ids] }, inContext: true },
      orderBy: { contextRank: 'asc' },
    });
    const byConversation = Map.groupBy(messages, ({ conversationId }) => conversationId);
    return ids.map((id) => byConversation.get(id) ?? []);
  });
}

builder.prismaObjectFields('Run', (t) => ({
  inputMessages: t.relation('messages', {
    type: Message,
    description:
      'What was sent with it, also while it is queued. What had to wait for another run, and was cancelled before it started, never enters the history.',
    query: { where: { kind: { in: ['USER', 'SYSTEM'] }, stepId: null }, orderBy: { id: 'asc' } },
  }),
}));
