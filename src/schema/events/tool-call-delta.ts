import { builder } from '../builder.ts';
import type { Delivery } from './delivery.ts';
import { MessageKind } from '../messages/message.ts';

export const ToolCallDelta = builder.objectRef<Delivery<'ToolCallDelta'>>('ToolCallDelta').implement({
  description:
    'A piece of a tool call that the model is writing. Calls of one message may take turns. Provisional until the MessageAdded with the same id, the StepRestarted that names it, or the RunFinished of its run: of calls that were not written to their end no message comes.',
  fields: (t) => ({
    runId: t.id({ description: 'The run that writes it.', resolve: ({ runId }) => runId ?? '' }),
    messageId: t.id({
      description: 'The id that the message will have. It is for all calls of the step of this kind.',
      resolve: ({ data }) => data.messageId,
    }),
    messageKind: t.field({
      type: MessageKind,
      description:
        'The kind that the message will have: TOOL_CALL, or APPROVAL_REQUEST when the call needs approval or is for the client to run.',
      resolve: ({ data }) => data.messageKind,
    }),
    toolCallId: t.id({ description: 'The id that the call will have.', resolve: ({ data }) => data.toolCallId }),
    name: t.string({
      nullable: true,
      description: 'The name of the tool, with the first piece of a call; null later.',
      resolve: ({ data }) => data.name,
    }),
    argumentsDelta: t.string({
      description:
        'Append it to what came before with the same toolCallId: it becomes argumentsText. Empty when only the name is known yet.',
      resolve: ({ data }) => data.delta,
    }),
  }),
});
