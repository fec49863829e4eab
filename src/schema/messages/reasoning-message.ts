import { contentOf } from '../../services/history/message-rows.ts';
import { builder } from '../builder.ts';
import { Message } from './message.ts';

builder.prismaNode('Message', {
  variant: 'ReasoningMessage',
  description: 'What the model thought before it answered. It is shown to people, and never sent to the model again.',
  id: { field: 'id' },
  interfaces: [Message],
  fields: (t) => ({
    text: t.string({
      description: 'Exactly the deltas of this message, put together.',
      resolve: (message) => contentOf(message, 'REASONING').text,
    }),
    signature: t.string({
      nullable: true,
      description:
        "The provider's seal on the reasoning. Null where the provider gives none, as those reached by chat completions.",
      resolve: () => null,
    }),
    isPartial: t.boolean({
      description:
        'Whether the model call broke off: the run was cancelled or failed while the model wrote, or the provider ended the answer at its output limit or by its content filter. Holds for all text and reasoning of the call.',
      resolve: (message) => contentOf(message, 'REASONING').isPartial,
    }),
  }),
});

const HiddenReasoningState = builder.enumType('HiddenReasoningState', {
  description: 'Why reasoning is not shown. More values may come.',
  values: {
    REDACTED: {
      description:
        'The provider sent it in a form that only it can read; the model gets it back with the next messages.',
    },
    OMITTED: {
      description: 'The provider reported only how many tokens it took, as those reached by chat completions do.',
    },
  } as const,
});

builder.prismaNode('Message', {
  variant: 'HiddenReasoningMessage',
  description: 'The model thought before it answered, and its provider does not show what.',
  id: { field: 'id' },
  interfaces: [Message],
  fields: (t) => ({
    state: t.field({
      type: HiddenReasoningState,
      description: 'Why it is not shown.',
      resolve: (message) => contentOf(message, 'HIDDEN_REASONING').state,
    }),
  }),
});
