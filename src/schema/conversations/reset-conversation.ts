import { ConversationBusyError, NotFoundError, PendingApprovalError } from '../../errors.ts';
import { resetConversation } from '../../services/conversations/reset-conversation.ts';
import { builder } from '../builder.ts';
import { rowPayload } from '../payload.ts';

const ResetConversationPayload = rowPayload('Conversation', 'ResetConversationPayload', 'The context is empty.');

builder.mutationField('resetConversation', (t) =>
  t.fieldWithInput({
    description:
      'Empties the context, so that the agent begins anew; the history stays. Every message but the system prompt leaves the context, ' +
      'and the system prompt is compiled anew from the agent and its blocks. Emits ContextChanged. To do it again changes nothing. ' +
      'While a run is open it is refused: cancel the run first.',
    type: ResetConversationPayload,
    errors: { types: [NotFoundError, ConversationBusyError, PendingApprovalError] },
    typeOptions: { description: 'Which conversation.' },
    input: {
      conversationId: t.input.id({
        required: true,
        description: "conv-… or agent-… (the agent's default conversation)",
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => ({
      id: await resetConversation(deps, viewer, input.conversationId),
    }),
  }),
);
