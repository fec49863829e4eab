import { contentOf } from '../../services/history/message-rows.ts';
import type { Message as MessageRow, ToolCall as ToolCallRow } from '../../store/generated/client.ts';
import { builder } from '../builder.ts';
import { ToolCall } from '../runs/tool-call.ts';
import { Message } from './message.ts';

toolMessage({
  name: 'ToolCallMessage',
  description: 'The agent asked for tools that run by themselves.',
  listed:
    'In the order in which the model asked for them, at least one, each as it stands now: it waits for an approval all the same if one was asked for before it began.',
  isListed: ({ needsDecision }) => !needsDecision,
});

toolMessage({
  name: 'ApprovalRequestMessage',
  description: 'The agent called tools that need an approval, or that the client runs.',
  listed: 'In the order in which the model asked for them, at least one, each as it stands now.',
  isListed: ({ needsDecision }) => needsDecision,
});

toolMessage({
  name: 'ApprovalResponseMessage',
  description: 'Tool calls were decided. The model sees their results only.',
  listed: 'What was decided at this time, in the order in which the model asked for it, each as it stands now.',
  isListed: ({ id }, message) => contentOf(message, 'APPROVAL_RESPONSE').toolCallIds.includes(id),
});

toolMessage({
  name: 'ToolReturnMessage',
  description: 'All calls of a step have got their results.',
  listed: 'The calls of the step, with their results, in the order in which the model asked for them.',
  isListed: () => true,
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
