import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { createConversation } from '../../services/conversations/create-conversation.ts';
import { deleteConversation } from '../../services/conversations/delete-conversation.ts';
import { updateConversation } from '../../services/conversations/update-conversation.ts';
import { builder } from '../builder.ts';
import { deletedPayload, rowPayload } from '../payload.ts';
import { ModelSettingsInput } from '../settings/model-settings.ts';

const CreateConversationPayload = rowPayload(
  'Conversation',
  'CreateConversationPayload',
  'The conversation was created.',
);
const UpdateConversationPayload = rowPayload(
  'Conversation',
  'UpdateConversationPayload',
  'The conversation was changed.',
);

const DeleteConversationPayload = deletedPayload(
  'DeleteConversationPayload',
  'The conversation is gone.',
  'The id of the conversation.',
);

builder.mutationField('createConversation', (t) =>
  t.fieldWithInput({
    description: 'Begins a conversation with an agent. Its first message is the system prompt.',
    type: CreateConversationPayload,
    errors: { types: [NotFoundError, InvalidInputError] },
    typeOptions: { description: 'What the conversation is to be.' },
    input: {
      agentId: t.input.id({ required: true, description: 'agent-…' }),
      summary: t.input.string({ description: 'A title or summary for people.' }),
      model: t.input.string({ description: "A handle, to use here instead of the agent's model and its settings." }),
      modelSettings: t.input.field({
        type: ModelSettingsInput,
        description: "Above the agent's, setting by setting. With `model` the agent's are not sent.",
      }),
      isolatedBlockLabels: t.input.stringList({
        description: "Labels of the agent's blocks of which the conversation gets copies of its own.",
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => createConversation(deps, viewer, input),
  }),
);

builder.mutationField('updateConversation', (t) =>
  t.fieldWithInput({
    description:
      'Changes what is given, and tells everybody who follows. A run that has started keeps its model and settings; later runs have the new ones.',
    type: UpdateConversationPayload,
    errors: { types: [NotFoundError, InvalidInputError] },
    typeOptions: { description: 'A field left out stays; null clears it.' },
    input: {
      id: t.input.id({ required: true, description: "conv-… or agent-… (the agent's default conversation)" }),
      summary: t.input.string({ description: 'A title or summary for people.' }),
      model: t.input.string({ description: "A handle; null: the agent's model and its settings again." }),
      modelSettings: t.input.field({ type: ModelSettingsInput, description: 'Replaces all settings.' }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => ({
      id: await updateConversation(deps, viewer, input),
    }),
  }),
);

builder.mutationField('deleteConversation', (t) =>
  t.fieldWithInput({
    description: 'Ends its runs and deletes it. The default conversation cannot be deleted: InvalidInputError.',
    type: DeleteConversationPayload,
    errors: { types: [NotFoundError, InvalidInputError] },
    typeOptions: { description: 'Which conversation.' },
    input: { id: t.input.id({ required: true, description: 'conv-…' }) },
    resolve: async (_root, { input }, { deps, viewer }) => ({
      deletedId: await deleteConversation(deps, viewer, input.id),
    }),
  }),
);
