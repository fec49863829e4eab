import type { TextDeltaType } from '../../events/event-types.ts';
import { builder } from '../builder.ts';
import { CompactionFailed, CompactionFinished, CompactionStarted } from './compaction-events.ts';
import { Conversation } from '../conversations/conversation.ts';
import type { Delivery } from './delivery.ts';
import { encodeEventPlace } from './event-cursor.ts';
import { Message } from '../messages/message.ts';
import { RunFinished, RunQueued, RunRequiresAction, RunResumed, RunStarted } from './run-events.ts';
import { describeOffset, ToolCallDelta } from './tool-call-delta.ts';
import { ToolCall, ToolCallStatus } from '../runs/tool-call.ts';

const MessageAdded = builder.objectRef<Delivery<'MessageAdded'>>('MessageAdded').implement({
  description: 'A message is in the history. It replaces every delta with the same messageId.',
  fields: (t) => ({ message: t.expose('message', { type: Message, description: 'The whole message, as it is now.' }) }),
});

const [AssistantTextDelta, ReasoningDelta] = [
  delta('AssistantTextDelta', 'A piece of what the agent is saying.'),
  delta('ReasoningDelta', 'A piece of what the model is thinking.'),
];

const ToolCallUpdated = builder.objectRef<Delivery<'ToolCallUpdated'>>('ToolCallUpdated').implement({
  description:
    'A tool call went from one status to another. When its tool finishes after its run has ended, this is an event of the conversation, without a `runId`.',
  fields: (t) => ({
    toolCall: t.expose('toolCall', { type: ToolCall, description: 'The call, as it is now.' }),
    callStatus: t.field({
      type: ToolCallStatus,
      description: 'The status that it went to here.',
      resolve: ({ data }) => data.status,
    }),
    status: t.field({
      type: ToolCallStatus,
      description: 'The same value as callStatus.',
      deprecationReason: 'Select callStatus: a selection that has RunFinished.status too cannot have this field.',
      resolve: ({ data }) => data.status,
    }),
  }),
});

const StepRestarted = builder.objectRef<Delivery<'StepRestarted'>>('StepRestarted').implement({
  description:
    'The model call is being made again, under new message ids; drop the unfinished text of these. The only rule a client needs for retries and lost workers.',
  fields: (t) => ({
    runId: t.id({ description: 'The run in question.', resolve: ({ runId }) => runId ?? '' }),
    messageIds: t.idList({
      description: 'The messages of which there will be no more. None of them comes as MessageAdded.',
      resolve: ({ data }) => data.messageIds,
    }),
    reason: t.string({ description: 'Why, for people.', resolve: ({ data }) => data.reason }),
  }),
});

const ContextChanged = builder.objectRef<Delivery<'ContextChanged'>>('ContextChanged').implement({
  description:
    'contextMessages changed otherwise than by what was added at its end, as by a reset: read it again, and what shows inContext.',
  fields: (t) => ({
    conversation: t.expose('conversation', { type: Conversation, description: 'The conversation, as it is now.' }),
    refusedMessageIds: t.idList({
      description:
        'The messages that left the context since the provider refused a request for its content: see `Message.isRefused`. Empty after any other change.',
      resolve: ({ data }) => data.refusedMessageIds ?? [],
    }),
  }),
});

const ConversationUpdated = builder.objectRef<Delivery<'ConversationUpdated'>>('ConversationUpdated').implement({
  description: 'Its summary, model or model settings were changed.',
  fields: (t) => ({
    conversation: t.expose('conversation', { type: Conversation, description: 'The conversation, as it is now.' }),
  }),
});

const ConversationDeleted = builder.objectRef<Delivery<'ConversationDeleted'>>('ConversationDeleted').implement({
  description: 'The last event; the subscription then completes.',
  fields: (t) => ({ conversationId: t.exposeID('conversationId', { description: 'The conversation that is gone.' }) }),
});

const ConversationEvent = builder.unionType('ConversationEvent', {
  description:
    'What can happen in a conversation. Objects in it are as they are when it is delivered; its own scalars are as they were when it happened. More members may come.',
  types: [
    RunQueued,
    RunStarted,
    RunRequiresAction,
    RunResumed,
    RunFinished,
    MessageAdded,
    AssistantTextDelta,
    ReasoningDelta,
    ToolCallDelta,
    ToolCallUpdated,
    StepRestarted,
    CompactionStarted,
    CompactionFinished,
    CompactionFailed,
    ContextChanged,
    ConversationUpdated,
    ConversationDeleted,
  ],
  resolveType: ({ type }) => type,
});

export const ConversationEventEdge = builder.objectRef<Delivery>('ConversationEventEdge').implement({
  description: 'An event and its place in the log.',
  fields: (t) => ({
    cursor: t.string({
      description:
        'Give it as `after` to go on behind this event, here or on any other node. Good for both subscriptions of this conversation.',
      resolve: ({ conversationId, seq }) => encodeEventPlace(conversationId, seq),
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was committed. Order events as they come, not by this.',
    }),
    runId: t.exposeID('runId', {
      nullable: true,
      description: 'The run that it is part of; null when it is part of none.',
    }),
    node: t.field({ type: ConversationEvent, description: 'What happened.', resolve: (event) => event }),
  }),
});

function delta(name: TextDeltaType, description: string) {
  return builder.objectRef<Delivery<TextDeltaType>>(name).implement({
    description: `${description} Provisional until the MessageAdded with the same id, or the StepRestarted that names it.`,
    fields: (t) => ({
      runId: t.id({ description: 'The run that writes it.', resolve: ({ runId }) => runId ?? '' }),
      messageId: t.id({ description: 'The id that the message will have.', resolve: ({ data }) => data.messageId }),
      delta: t.string({
        description: 'The text from `offset` on: write it there, over the text that you have with the same messageId.',
        resolve: ({ data }) => data.delta,
      }),
      offset: t.int({ description: describeOffset('text of the message'), resolve: ({ data }) => data.offset }),
    }),
  });
}
