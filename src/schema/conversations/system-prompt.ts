import DataLoader from 'dataloader';
import { ConversationBusyError, NotFoundError, PendingApprovalError } from '../../errors.ts';
import { promptOf, promptSource } from '../../services/history/compile-prompt.ts';
import { recompileSystemPrompt } from '../../services/conversations/recompile-system-prompt.ts';
import { rowField } from '../payload.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';

builder.prismaObjectFields('Conversation', (t) => ({
  systemPrompt: t.string({
    description:
      'What the next run would tell the model first, made now of the instructions and blocks of the agent and of the isolated blocks. ' +
      'The first message of the history has the text of the last run, or of the last recompileSystemPrompt.',
    resolve: ({ id }, _args, context, info) => context.loaders.at(info, () => promptLoader(context)).load(id),
  }),
}));

function promptLoader({ deps: { db } }: Context): DataLoader<string, string> {
  return new DataLoader<string, string>(async (ids) => {
    const conversations = await db.conversation.findMany({ where: { id: { in: [...ids] } }, include: promptSource });
    const byId = new Map(conversations.map((conversation) => [conversation.id, promptOf(conversation)]));
    return ids.map((id) => byId.get(id) ?? new NotFoundError(id));
  });
}

const RecompileSystemPromptPayload = builder
  .objectRef<{ conversationId: string; systemPrompt: string }>('RecompileSystemPromptPayload')
  .implement({
    description: 'The system prompt was made anew; without dryRun the conversation has it.',
    fields: (t) => ({
      systemPrompt: t.exposeString('systemPrompt', { description: 'The whole text.' }),
      conversation: rowField(t, 'Conversation', ({ conversationId }) => conversationId),
    }),
  });

builder.mutationField('recompileSystemPrompt', (t) =>
  t.fieldWithInput({
    description:
      'Makes the system prompt anew and writes it into the first message of the conversation, as its next run would. ' +
      'Emits ContextChanged if the prompt changed. Refused while a run has not ended, unless it is a dry run.',
    type: RecompileSystemPromptPayload,
    errors: { types: [NotFoundError, ConversationBusyError, PendingApprovalError] },
    typeOptions: { description: 'Of which conversation.' },
    input: {
      conversationId: t.input.id({
        required: true,
        description: "conv-… or agent-… (the agent's default conversation)",
      }),
      dryRun: t.input.boolean({ defaultValue: false, description: 'Write nothing.' }),
    },
    resolve: (_root, { input }, { deps, viewer }) => recompileSystemPrompt(deps, viewer, input),
  }),
);
