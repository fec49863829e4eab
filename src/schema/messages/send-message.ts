import {
  ConversationBusyError,
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  PendingApprovalError,
} from '../../errors.ts';
import { MAX_TRIES } from '../../services/callbacks/claim-callbacks.ts';
import { CALLBACK_TIMEOUT_MS } from '../../services/callbacks/deliver-callback.ts';
import { WAIT_LIMIT_MS } from '../../services/runs/wait-for-run.ts';
import { DEFAULT_STEPS, MAX_MESSAGES, MAX_STEPS } from '../../services/sending/draft-run.ts';
import { sendMessage } from '../../services/sending/send-message.ts';
import { visible } from '../../services/visible.ts';
import { print, seconds } from '../limits.ts';
import { rowField } from '../payload.ts';
import { MAX_TOOLS } from '../../services/tools/tool.ts';
import { builder } from '../builder.ts';
import { Message } from './message.ts';
import { MessageInput } from './message-input.ts';
import { ModelSettingsInput } from '../settings/model-settings.ts';
import { ClientToolInput } from '../tools/tool.ts';

const OnBusy = builder.enumType('OnBusy', {
  description: 'What to do when a run of the conversation has not ended.',
  values: {
    REJECT: { description: 'Refuse with ConversationBusyError.' },
    ENQUEUE: { description: 'Wait for the runs before it, in order.' },
    INTERRUPT: { description: 'End every open run of the conversation, then run.' },
  } as const,
});

const SendMessagePayload = builder.objectRef<{ runId: string }>('SendMessagePayload').implement({
  description: 'The messages and the run are committed.',
  fields: (t) => ({
    run: rowField(
      t,
      'Run',
      ({ runId }) => runId,
      'The run that answers. Without `wait` it has hardly begun: follow it with `runEvents` or `conversationEvents`.',
    ),
    inputMessages: t.prismaField({
      type: [Message],
      description: 'What was sent, as it was stored, in order.',
      resolve: (query, { runId }, _args, { deps, viewer }) =>
        deps.db.message.findMany({
          ...query,
          where: { runId, ...visible.message(viewer), kind: { in: ['USER', 'SYSTEM'] }, stepId: null },
          orderBy: { id: 'asc' },
        }),
    }),
  }),
});

builder.mutationField('sendMessage', (t) =>
  t.fieldWithInput({
    description:
      `Commits the messages and a run, and returns at once; with wait, when the run has ended, requires action, or ${seconds(WAIT_LIMIT_MS)} have passed: read run.status. ` +
      'Every run goes on without its sender.',
    type: SendMessagePayload,
    errors: {
      types: [NotFoundError, InvalidInputError, ConversationBusyError, PendingApprovalError, IdempotencyConflictError],
    },
    typeOptions: { description: 'What to send, and how it is to be answered. Exactly one of text and messages.' },
    input: {
      conversationId: t.input.id({
        required: true,
        description: "conv-… or agent-… (the agent's default conversation)",
      }),
      text: t.input.string({ description: 'Short form of one user message. Not empty.' }),
      messages: t.input.field({
        type: [MessageInput],
        description: `Several messages, 1 to ${MAX_MESSAGES}, answered together.`,
      }),
      otid: t.input.string({
        description: "The client's own id of the message of the text form; comes back on it, also in events.",
      }),
      onBusy: t.input.field({
        type: OnBusy,
        defaultValue: 'REJECT',
        description:
          'What to do when a run has not ended. While a run requires action, REJECT and ENQUEUE give PendingApprovalError; INTERRUPT denies and closes its calls.',
      }),
      idempotencyKey: t.input.string({
        description:
          'Unique in the organization. A repeat with the same content returns the same run; with other content, IdempotencyConflictError. ' +
          'The key is free again when the conversation or the agent of that run is deleted.',
      }),
      wait: t.input.boolean({
        defaultValue: false,
        description: `Answer only when the run has ended, requires action, or ${seconds(WAIT_LIMIT_MS)} have passed. NotFoundError if the conversation is deleted meanwhile.`,
      }),
      maxSteps: t.input.int({
        defaultValue: DEFAULT_STEPS,
        description: `How many model calls the run may make, 1 to ${print(MAX_STEPS)}. Then it ends with MAX_STEPS.`,
      }),
      model: t.input.string({
        description: "A handle. Above the conversation's model, which is above the agent's. For this run only.",
      }),
      modelSettings: t.input.field({
        type: ModelSettingsInput,
        description: 'For this run only. With `model`, only these count.',
      }),
      system: t.input.string({
        description:
          'Replaces the system prompt for this run only: the model sees neither the instructions of the agent nor its blocks.',
      }),
      clientTools: t.input.field({
        type: [ClientToolInput],
        description: `Tools of yours that the model may call in this run only, each name once: you run them. One with the name of a tool of the agent hides it. At most ${MAX_TOOLS} together with the tools of the agent; else InvalidInputError.`,
      }),
      callbackUrl: t.input.string({
        description:
          'An http:// or https:// URL for a callback when the run has ended, however it ended: a POST of {"runId", "status", "stopReason", "completedAt"}. ' +
          `At least once: tell repeats by the header webhook-id. Anything but a 2xx within ${seconds(CALLBACK_TIMEOUT_MS)} is tried again: ${MAX_TRIES} tries in all, in about an hour. ` +
          'Signed as Standard Webhooks are, when the server has a secret.',
      }),
    },
    resolve: async (_root, { input }, { deps, viewer, signal }) => ({
      runId: await sendMessage(deps, viewer, input, signal),
    }),
  }),
);
