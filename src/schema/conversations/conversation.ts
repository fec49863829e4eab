import { typeOfId } from '../../ids.ts';
import { conversationWhere } from '../../services/access.ts';
import { Block } from '../blocks/block.ts';
import { builder } from '../builder.ts';
import { encodeEventCursor } from '../events/event-cursor.ts';
import { readHeadsFirst } from '../heads-first.ts';
import { ModelSettings, settingsOf } from '../settings/model-settings.ts';
import { selectionOf } from '../selection.ts';

export const ConversationStatus = builder.enumType('ConversationStatus', {
  description: 'What a conversation is about to do. More values may come.',
  values: {
    IDLE: { description: 'Nothing: a message would be answered at once.' },
    QUEUED: { description: 'A run waits for a worker.' },
    RUNNING: { description: 'A run is being carried out.' },
    REQUIRES_ACTION: { description: 'A run waits for an approval, or for a result that the client has to hand in.' },
  } as const,
});

export const Conversation = builder.prismaNode('Conversation', {
  description: 'A history of messages with an agent. Its runs follow each other: never two at once.',
  id: { field: 'id' },
  fields: (t) => ({
    agent: t.relation('agent', { description: 'Whom it is with.' }),
    isDefault: t.exposeBoolean('isDefault', {
      description:
        "It was made with its agent and cannot be deleted. Where a conversation id is taken, the agent's id means it.",
    }),
    summary: t.exposeString('summary', {
      nullable: true,
      description: 'A title or summary for people; null when none was given.',
    }),
    model: t.exposeString('model', {
      nullable: true,
      description: "A handle that is used here instead of the agent's model and its settings; null when none is set.",
    }),
    modelSettings: t.field({
      type: ModelSettings,
      nullable: true,
      description:
        "Above the agent's, setting by setting. With `model` the agent's are not sent. Null when none is set.",
      resolve: settingsOf,
    }),
    status: t.field({
      type: ConversationStatus,
      description:
        'Of the run whose turn it is: of the compaction, while a conversation that waits for decisions is compacted.',
      resolve: async ({ id }, _args, { loaders }) => {
        const { activeRun } = await loaders.head.load(id);
        return activeRun ? (activeRun.status as 'QUEUED' | 'RUNNING' | 'REQUIRES_ACTION') : 'IDLE';
      },
    }),
    lastRunCompletion: t.expose('lastRunCompletion', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last of its message runs ended, however it ended. Null until one has.',
    }),
    lastMessageAt: t.expose('lastMessageAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When a message was last sent to it, also to wait in the queue, or captured. In a fork, at first, the time of the last message that was copied. Null until there is one.',
    }),
    lastActivityAt: t.expose('lastActivityAt', {
      type: 'DateTime',
      description:
        'The latest of createdAt, lastMessageAt and lastRunCompletion: never null, so a new conversation is on top of a list ordered by it.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it was last changed by a mutation. Messages and runs do not change it.',
    }),
    eventCursor: t.string({
      description:
        'Where to subscribe from after reading this conversation: just before the first delta of the unfinished model call, else the last event. ' +
        'It is read before the messages, runs and status that you select with it, whatever the path (node, mutation payload, event); summary, model and its times may be a moment older in lists. Replay may repeat facts already read: ' +
        'apply events by id, and nothing is missed.',
      resolve: async ({ id }, _args, { loaders }) => encodeEventCursor(await loaders.head.load(id)),
    }),
    isolatedBlocks: t.field({
      type: [Block],
      description:
        "Copies of the agent's blocks that belong to this conversation alone. Each stands in for the agent's block with the same label.",
      select: (_args, _context, nested) => ({
        isolatedBlocks: { select: { block: nested() }, orderBy: { blockId: 'asc' } },
      }),
      resolve: ({ isolatedBlocks }) => isolatedBlocks.map(({ block }) => block),
    }),
  }),
});

builder.queryField('conversation', (t) =>
  t.field({
    description:
      "Null when there is none with this id. Also takes an agent id: then it is that agent's default conversation.",
    type: Conversation,
    nullable: true,
    args: { id: t.arg.id({ required: true, description: 'conv-… or agent-…' }) },
    resolve: async (_root, { id }, context, info) => {
      if (!typeOfId(id)) return null;
      const { deps, viewer } = context;
      const where = conversationWhere(viewer, id);
      // The id, then the head, then the row: what an agent's id means has to be known before its head can be read.
      const isOfAgent = typeOfId(id) === 'Agent';
      const named = isOfAgent ? await deps.db.conversation.findFirst({ where, select: { id: true } }) : { id };
      if (!named) return null;
      await readHeadsFirst(context, info, [named.id]);
      return deps.db.conversation.findFirst({ ...selectionOf(context, info, 'Conversation'), where });
    },
  }),
);

builder.prismaObjectFields('Agent', (t) => ({
  defaultConversation: t.field({
    type: Conversation,
    description: "The one that was made with it. Wherever a conversation id is taken, the agent's id means this one.",
    select: (_args, _context, nested) => ({ conversations: nested({ where: { isDefault: true } }) }),
    resolve: ({ conversations: [conversation] }) => conversation!,
  }),
}));
