import { textOf } from '../../agent/message.ts';
import { contentOf } from '../../services/history/message-rows.ts';
import { builder } from '../builder.ts';
import { CompactionStats } from '../conversations/compaction-stats.ts';
import { ContentPart } from './content-part.ts';
import { Message } from './message.ts';

builder.prismaNode('Message', {
  variant: 'SystemMessage',
  description:
    'Instructions: the compiled system prompt, always first, a message that was sent with the role SYSTEM, or, with a step, a reminder of the server that a tool rule does not let the run end yet.',
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
      description: 'Name of the sender, as the model sees it; null if none was given.',
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
      description:
        'Whether the model call broke off: the run was cancelled or failed while the model wrote, or the provider ended the answer at its output limit or by its content filter. Holds for all text and reasoning of the call.',
      resolve: (message) => contentOf(message, 'ASSISTANT').isPartial,
    }),
  }),
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
        'The lowest position that stayed in the context when the summary was made, the system message aside; null when none stayed. Messages below it had left. Of those above it some may have left too, when an older one had to stay (the input that is being answered): `covers` has exactly those that left.',
      resolve: (message) => contentOf(message, 'SUMMARY').keptFromPosition,
    }),
  }),
});
