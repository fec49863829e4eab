import { NoActiveRunsError, NotFoundError } from '../../errors.ts';
import { cancelConversation } from '../../services/conversations/cancel-conversation.ts';
import { visible } from '../../services/visible.ts';
import { builder } from '../builder.ts';
import { Run } from '../runs/run.ts';

const CancelConversationPayload = builder.objectRef<{ runIds: string[] }>('CancelConversationPayload').implement({
  description: 'The runs have ended.',
  fields: (t) => ({
    runs: t.prismaField({
      type: [Run],
      description: 'All that were cancelled, the oldest first; at least one.',
      resolve: (query, { runIds }, _args, { deps, viewer }) =>
        deps.db.run.findMany({
          ...query,
          where: { id: { in: runIds }, ...visible.run(viewer) },
          orderBy: { queuedSeq: 'asc' },
        }),
    }),
  }),
});

builder.mutationField('cancelConversation', (t) =>
  t.fieldWithInput({
    description:
      'Cancels every run of the conversation that has not ended, those that wait in the queue too. As final as cancelRun.',
    type: CancelConversationPayload,
    errors: { types: [NotFoundError, NoActiveRunsError] },
    typeOptions: { description: 'Which conversation.' },
    input: {
      conversationId: t.input.id({
        required: true,
        description: "conv-… or agent-… (the agent's default conversation)",
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => ({
      runIds: await cancelConversation(deps, viewer, input.conversationId),
    }),
  }),
);
