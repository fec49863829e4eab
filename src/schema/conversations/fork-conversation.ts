import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { forkConversation } from '../../services/conversations/fork-conversation.ts';
import { builder } from '../builder.ts';
import { rowPayload } from '../payload.ts';

const ForkConversationPayload = rowPayload(
  'Conversation',
  'ForkConversationPayload',
  'The conversation is there, with its copy of the history.',
);

builder.mutationField('forkConversation', (t) =>
  t.fieldWithInput({
    description:
      'Begins a conversation with the same agent as a copy of another one, which stays as it is: from then on neither sees what happens in the other, nor its end. ' +
      'It has copies of the messages under new ids, in the same positions, those that left the context too; its own system prompt, compiled anew; the same model and model settings; ' +
      'and copies of its own of the isolated blocks, as they are now. ' +
      'Runs are not copied: what an open run has said so far is, what waits in the queue is not. No tool call is copied without its return: see throughMessageId. ' +
      'When the source is deleted, the fork keeps its messages and their tool calls, whose `run` is then null. ' +
      'The context of the fork is what it was when the last message that is copied was the last one: a summary that came later is undone. What a reset took out of the context stays out of it.',
    type: ForkConversationPayload,
    errors: { types: [NotFoundError, InvalidInputError] },
    typeOptions: { description: 'What to copy.' },
    input: {
      conversationId: t.input.id({
        required: true,
        description: "conv-… or agent-… (the agent's default conversation)",
      }),
      throughMessageId: t.input.id({
        description:
          'The last message to copy, message-…, of this conversation. The whole history, when left out. ' +
          'When it is a tool call, its return is copied too; while there is none, the whole answer with the call is left out.',
      }),
      summary: t.input.string({ description: 'A title or summary for people. That of the source is not copied.' }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => ({ id: await forkConversation(deps, viewer, input) }),
  }),
);
