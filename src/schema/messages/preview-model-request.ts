import { InvalidInputError, NotFoundError, PendingApprovalError } from '../../errors.ts';
import { MAX_MESSAGES } from '../../services/sending/draft-run.ts';
import { previewModelRequest } from '../../services/sending/preview-model-request.ts';
import { builder } from '../builder.ts';
import { ModelSettingsInput } from '../settings/model-settings.ts';
import { MessageInput } from './message-input.ts';
import { ClientToolInput } from '../tools/tool.ts';

const PreviewModelRequestPayload = builder
  .objectRef<{ model: string; payload: unknown }>('PreviewModelRequestPayload')
  .implement({
    description: 'What would be sent to the provider.',
    fields: (t) => ({
      model: t.exposeString('model', { description: 'The handle of the model that would be asked.' }),
      payload: t.expose('payload', {
        type: 'JSON',
        description: "The body of the request, as the provider's API has it.",
      }),
    }),
  });

builder.queryField('previewModelRequest', (t) =>
  t.fieldWithInput({
    description:
      'What the first model call would send to the provider, were the same input given to sendMessage now: to the last character. The provider is not called, nothing is written; images that are named by a URL are read as they would be then. ' +
      'While a run has not ended, its messages so far are part of it; while one waits for decisions there is no next call: PendingApprovalError.',
    type: PreviewModelRequestPayload,
    errors: { types: [NotFoundError, InvalidInputError, PendingApprovalError] },
    typeOptions: { description: 'What would be sent, as for sendMessage. Exactly one of text and messages.' },
    argOptions: { description: 'What would be sent.' },
    input: {
      conversationId: t.input.id({
        required: true,
        description: "conv-… or agent-… (the agent's default conversation)",
      }),
      text: t.input.string({ description: 'Short form of one user message. Not empty.' }),
      messages: t.input.field({ type: [MessageInput], description: `Several messages, 1 to ${MAX_MESSAGES}.` }),
      model: t.input.string({
        description: "A handle. Above the conversation's model, which is above the agent's.",
      }),
      modelSettings: t.input.field({ type: ModelSettingsInput, description: 'With `model`, only these count.' }),
      system: t.input.string({
        description:
          'Replaces the system prompt, as it would for that run: the model sees neither the instructions of the agent nor its blocks.',
      }),
      clientTools: t.input.field({ type: [ClientToolInput], description: 'Tools of yours that the model may call.' }),
    },
    resolve: (_root, { input }, { deps, viewer, signal }) => previewModelRequest(deps, viewer, input, signal),
  }),
);
