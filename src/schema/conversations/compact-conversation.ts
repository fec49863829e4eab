import {
  CompactionFailedError,
  ConversationBusyError,
  InvalidInputError,
  NotFoundError,
  NothingToCompactError,
} from '../../errors.ts';
import { compactConversation, type CompactionRequest } from '../../services/compaction/compact-conversation.ts';
import { contentOf } from '../../services/history/message-rows.ts';
import { visible } from '../../services/visible.ts';
import { rowField } from '../payload.ts';
import { WAIT_LIMIT_MS } from '../../services/runs/wait-for-run.ts';
import { builder } from '../builder.ts';
import { seconds } from '../limits.ts';
import { CompactionSettingsInput } from '../settings/compaction-settings.ts';
import type { Context } from '../context.ts';
import { SummaryMessage } from '../messages/message-types.ts';

const CompactConversationPayload = builder.objectRef<CompactionRequest>('CompactConversationPayload').implement({
  description:
    'The run is committed. Without wait, or when the wait limit passed: only run, conversation and messagesBefore.',
  fields: (t) => ({
    summary: t.string({
      nullable: true,
      description: 'What the messages that left came to; null while that is not known.',
      resolve: async (request, _args, context) => {
        const message = await summaryOf(context, request);
        return message && contentOf(message, 'SUMMARY').summary;
      },
    }),
    summaryMessage: t.field({
      type: SummaryMessage,
      nullable: true,
      description: 'What stands in the context for them; null while there is none.',
      resolve: (request, _args, context) => summaryOf(context, request),
    }),
    messagesBefore: t.exposeInt('messagesBefore', { description: 'How many messages were in the context.' }),
    messagesAfter: t.int({
      nullable: true,
      description: 'How many are now, the summary among them; null while that is not known.',
      resolve: async (request, _args, context) => {
        const message = await summaryOf(context, request);
        return message && contentOf(message, 'SUMMARY').stats.messagesAfter;
      },
    }),
    run: rowField(t, 'Run', ({ runId }) => runId, 'The run that does it: of kind COMPACTION.'),
    conversation: rowField(t, 'Conversation', ({ conversationId }) => conversationId),
  }),
});

function summaryOf({ deps: { db }, viewer }: Context, { runId }: CompactionRequest) {
  return db.message.findFirst({ where: { runId, ...visible.message(viewer), kind: 'SUMMARY' } });
}

builder.mutationField('compactConversation', (t) =>
  t.fieldWithInput({
    description: `Makes the context shorter: a summary takes the place of at least two messages, or of one that takes more tokens than it; they stay in the history. The model is asked with the stored system prompt, which is compiled anew with the summary. A compaction that fails leaves the context as it was. A conversation that waits for decisions can be compacted: the waiting run keeps its input and the step that waits in the context, its calls can be decided meanwhile, and it resumes when the compaction has ended. ConversationBusyError: another run is queued or running, or is a compaction. It is a run of its own, with all that runs have: events, cancelRun, one at a time. With wait, returns when it has ended, or ${seconds(WAIT_LIMIT_MS)} have passed.`,
    type: CompactConversationPayload,
    errors: {
      types: [NotFoundError, InvalidInputError, ConversationBusyError, NothingToCompactError, CompactionFailedError],
    },
    typeOptions: { description: 'Which conversation, and how.' },
    input: {
      conversationId: t.input.id({
        required: true,
        description: "conv-… or agent-… (the agent's default conversation)",
      }),
      settings: t.input.field({
        type: CompactionSettingsInput,
        description:
          "Override the agent's field by field. Another mode without a prompt takes that mode's default prompt; another model without modelSettings is called without any.",
      }),
      wait: t.input.boolean({
        defaultValue: false,
        description: `Answer only when it has ended, or ${seconds(WAIT_LIMIT_MS)} have passed. NotFoundError if the conversation is deleted meanwhile.`,
      }),
    },
    resolve: (_root, { input }, { deps, viewer }) => compactConversation(deps, viewer, input),
  }),
);
