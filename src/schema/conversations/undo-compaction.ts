import { ConversationBusyError, InvalidInputError, NotFoundError, PendingApprovalError } from '../../errors.ts';
import { undoCompaction } from '../../services/compaction/undo-compaction.ts';
import { builder } from '../builder.ts';
import { rowPayload } from '../payload.ts';

const UndoCompactionPayload = rowPayload(
  'Conversation',
  'UndoCompactionPayload',
  'The messages are back in the context, and the summary is out of it.',
);

builder.mutationField('undoCompaction', (t) =>
  t.fieldWithInput({
    description:
      'Puts the messages that a summary stands for back in the context, in their old places, and takes the summary out of it; the history stays. ' +
      'Emits ContextChanged. Of several compactions the last one is undone first. ' +
      'Nothing is left to undo after a reset, nor a second time: that is InvalidInputError. While a run is open it is refused: cancel the run first.',
    type: UndoCompactionPayload,
    errors: { types: [NotFoundError, InvalidInputError, ConversationBusyError, PendingApprovalError] },
    typeOptions: { description: 'Which compaction.' },
    input: {
      messageId: t.input.id({ required: true, description: 'The SummaryMessage that it left: message-…' }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => ({
      id: await undoCompaction(deps, viewer, input.messageId),
    }),
  }),
);
