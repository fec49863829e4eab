import { ConversationBusyError, InvalidInputError, NotFoundError, PendingApprovalError } from '../../errors.ts';
import { captureMessages, MAX_CAPTURED } from '../../services/conversations/capture-messages.ts';
import { visible } from '../../services/visible.ts';
import { rowField } from '../payload.ts';
import { builder } from '../builder.ts';
import { Message } from './message.ts';

const CapturedMessageRole = builder.enumType('CapturedMessageRole', {
  description: 'Who spoke.',
  values: {
    USER: { description: 'A user.' },
    ASSISTANT: { description: 'The agent, or a person who spoke for it.' },
    SYSTEM: { description: 'Instructions, beside the system prompt.' },
  } as const,
});

const CapturedMessageInput = builder.inputType('CapturedMessageInput', {
  description: 'One message of the exchange.',
  fields: (t) => ({
    role: t.field({ type: CapturedMessageRole, required: true, description: 'Who spoke.' }),
    text: t.string({ required: true, description: 'What was said. Not empty.' }),
    name: t.string({ description: 'Name of the sender, as the model sees it. With the role USER only.' }),
    otid: t.string({
      description:
        "The client's own id of it; comes back on the message, also in events. Here it is checked: in the conversation no other message may have it.",
    }),
    senderId: t.id({ description: 'Who sent it, for your own use. Not checked.' }),
    groupId: t.id({ description: 'What it belongs to, for your own use. Not checked.' }),
  }),
});

const CaptureMessagesPayload = builder
  .objectRef<{ id: string; messageIds: string[] }>('CaptureMessagesPayload')
  .implement({
    description: 'The messages are in the history and in the context.',
    fields: (t) => ({
      conversation: rowField(t, 'Conversation', ({ id }) => id),
      messages: t.prismaField({
        type: [Message],
        description: 'What was captured, as it was stored, in order.',
        resolve: (query, { messageIds }, _args, { deps, viewer }) =>
          deps.db.message.findMany({
            ...query,
            where: { id: { in: messageIds }, ...visible.message(viewer) },
            orderBy: { position: 'asc' },
          }),
      }),
    }),
  });

builder.mutationField('captureMessages', (t) =>
  t.fieldWithInput({
    description:
      'Records an exchange that happened elsewhere: the messages are added to the history and the context, in order, all of them or none. ' +
      'No run comes of it and no model is called; the next run sees them. Repeat it without fear when every message has an otid: ' +
      'then what was captured before is returned, and nothing is written. While a run is open it is refused.',
    type: CaptureMessagesPayload,
    errors: { types: [NotFoundError, InvalidInputError, ConversationBusyError, PendingApprovalError] },
    typeOptions: { description: 'What was said, and where it is to be recorded.' },
    input: {
      conversationId: t.input.id({
        required: true,
        description: "conv-… or agent-… (the agent's default conversation)",
      }),
      messages: t.input.field({
        type: [CapturedMessageInput],
        required: true,
        description: `In the order in which they were said, 1 to ${MAX_CAPTURED}.`,
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => captureMessages(deps, viewer, input),
  }),
);
