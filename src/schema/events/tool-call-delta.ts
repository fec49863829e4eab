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
        'The arguments from `offset` on: write it there, over the arguments that you have with the same toolCallId. They become argumentsText. Empty when only the name is known yet.',
      resolve: ({ data }) => data.delta,
    }),
    offset: t.int({ description: describeOffset('arguments of the call'), resolve: ({ data }) => data.offset }),
  }),
});

export function describeOffset(text: string): string {
  return `How many UTF-16 code units (JavaScript's length) of the ${text} come before this delta. A client that writes each delta at its offset is right however often an event is delivered.`;
}
