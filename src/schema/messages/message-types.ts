import { textOf } from '../../agent/message.ts';
import { contentOf } from '../../services/history/message-rows.ts';
import type { Message as MessageRow, ToolCall as ToolCallRow } from '../../store/generated/client.ts';
import { builder } from '../builder.ts';
import { CompactionStats } from '../conversations/compaction-stats.ts';
import { ContentPart } from './content-part.ts';
import { Message } from './message.ts';
import { ToolCall } from '../runs/tool-call.ts';

builder.prismaNode('Message', {
  variant: 'SystemMessage',
  description:
    'Instructions: the compiled system prompt, always first, a message that was sent with the role SYSTEM, or, with a step, what the server told the model after it: that a tool rule does not let it end yet.',
  id: { field: 'id' },
  interfaces: [Message],
  fields: (t) => ({
    text: t.string({ description: 'The text.', resolve: (message) => contentOf(message, 'SYSTEM').text }),
  }),
});

builder.prismaNode('Message', {
  variant: 'UserMessage',
  description: 'What was sent to the agent.',
  id: { field: 'id' },
  interfaces: [Message],
  fields: (t) => ({
    text: t.string({
      description: 'The text of all its parts, with an empty line between two. Empty when all are images.',
      resolve: (message) => textOf(contentOf(message, 'USER')),
    }),
    content: t.field({
      type: [ContentPart],
      description: 'Its parts, at least one.',
      resolve: (message) => contentOf(message, 'USER').parts,
    }),
    name: t.string({
      nullable: true,
      description: 'The name that the model is told for the sender; null when none was given.',
      resolve: (message) => contentOf(message, 'USER').name,
    }),
  }),
});

builder.prismaNode('Message', {
  variant: 'AssistantMessage',
  description: 'What the agent said.',
  id: { field: 'id' },
  interfaces: [Message],
  fields: (t) => ({
    text: t.string({
      description: 'Exactly the deltas of this message, put together. One that was captured or copied has none.',
      resolve: (message) => contentOf(message, 'ASSISTANT').text,
    }),
    model: t.string({
      nullable: true,
      description: 'The handle of the model that wrote it; null when that is not known.',
      resolve: (message) => contentOf(message, 'ASSISTANT').model || null,
    }),
    isPartial: t.boolean({
      description: 'The run was cancelled or failed while this was being written.',
      resolve: (message) => contentOf(message, 'ASSISTANT').isPartial,
    }),
  }),
});

toolMessage({
  name: 'ToolCallMessage',
  description: 'The agent asked for tools that run by themselves.',
  listed:
    'In the order in which the model asked for them, at least one, each as it stands now: it waits for somebody all the same when approval was asked for before it began.',
  isListed: ({ needsDecision }) => !needsDecision,
});

toolMessage({
  name: 'ApprovalRequestMessage',
  description: 'The agent asked for tools that somebody has to approve, or that the client runs.',
  listed: 'In the order in which the model asked for them, at least one, each as it stands now.',
  isListed: ({ needsDecision }) => needsDecision,
});

toolMessage({
  name: 'ApprovalResponseMessage',
  description: 'Tool calls were decided. The model is told of it by their results.',
  listed: 'What was decided at this time, in the order in which the model asked for it, each as it stands now.',
  isListed: ({ id }, message) => contentOf(message, 'APPROVAL_RESPONSE').toolCallIds.includes(id),
});

toolMessage({
  name: 'ToolReturnMessage',
  description: 'All calls of a step have got their results.',
  listed: 'The calls of the step, with their results, in the order in which the model asked for them.',
  isListed: () => true,
});

export const SummaryMessage = builder.prismaNode('Message', {
  variant: 'SummaryMessage',
  description: 'Stands in the context for messages that left it. They stay in the history.',
  id: { field: 'id' },
  interfaces: [Message],
  fields: (t) => ({
    summary: t.string({
      description: 'What they came to.',
      resolve: (message) => contentOf(message, 'SUMMARY').summary,
    }),
    compaction: t.field({
      type: CompactionStats,
      nullable: true,
      description: 'What the compaction came to that made it.',
      resolve: (message) => contentOf(message, 'SUMMARY').stats,
    }),
    keptFromPosition: t.int({
      nullable: true,
      description:
        'Messages below this position, the system message aside, left the context. Null when none but the system message stayed.',
      resolve: (message) => contentOf(message, 'SUMMARY').keptFromPosition,
    }),
  }),
});

function toolMessage({ name, description, listed, isListed }: ToolMessage) {
  builder.prismaNode('Message', {
    variant: name,
    description,
    id: { field: 'id' },
    interfaces: [Message],
    fields: (t) => ({
      toolCalls: t.field({
        type: [ToolCall],
        description: listed,
        // The same for all types: only then are the calls read together, whichever types a document names.
        select: (_args, _context, nested) => ({
          step: { select: { toolCalls: nested({ orderBy: { index: 'asc' } }) } },
        }),
        resolve: ({ step, ...message }) => step?.toolCalls.filter((call) => isListed(call, message)) ?? [],
      }),
    }),
  });
}

interface ToolMessage {
  name: string;
  description: string;
  /** Describes its calls. */
  listed: string;
  /** Which calls of its step they are. */
  isListed(call: ToolCallRow, message: Pick<MessageRow, 'content'>): boolean;
}
