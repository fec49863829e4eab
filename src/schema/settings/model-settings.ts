import type { ModelSettings as Settings } from '../../agent/model.ts';
import { asGiven, type WithCopy } from '../../key-order.ts';
import { builder } from '../builder.ts';
import { ResponseFormat, ResponseFormatInput } from './response-format.ts';

const ReasoningEffort = builder.enumType('ReasoningEffort', {
  description: 'How much a model that reasons may think before it answers.',
  values: {
    MINIMAL: { description: 'As little as the model can.' },
    LOW: { description: 'A little: fast and cheap.' },
    MEDIUM: { description: 'What most models do by themselves.' },
    HIGH: { description: 'As much as it likes: slow and costly.' },
  } as const,
});

export const ModelSettings = builder.objectRef<Settings>('ModelSettings').implement({
  description:
    "Settings of model calls. Null everywhere means not set: then the next layer holds (message, conversation, agent), at last the provider's default. A layer that names a model is the last one.",
  fields: (t) => ({
    temperature: t.float({ nullable: true, description: 'From 0 to 2.', resolve: ({ temperature }) => temperature }),
    topP: t.float({ nullable: true, description: 'From 0 to 1.', resolve: ({ topP }) => topP }),
    maxOutputTokens: t.int({
      nullable: true,
      description: 'The longest answer of one model call, in tokens.',
      resolve: ({ maxOutputTokens }) => maxOutputTokens,
    }),
    reasoningEffort: t.field({
      type: ReasoningEffort,
      nullable: true,
      description: 'For models that reason; others may refuse it.',
      resolve: ({ reasoningEffort }) => reasoningEffort,
    }),
    parallelToolCalls: t.boolean({
      nullable: true,
      description: 'Whether the model may ask for several tool calls at once.',
      resolve: ({ parallelToolCalls }) => parallelToolCalls,
    }),
    responseFormat: t.field({
      type: ResponseFormat,
      nullable: true,
      description: 'What the text of an answer has to be.',
      resolve: ({ responseFormat }) => responseFormat,
    }),
  }),
});

export const ModelSettingsInput = builder.inputType('ModelSettingsInput', {
  description: 'Settings of model calls, as a whole: what is left out or null is not set.',
  fields: (t) => ({
    temperature: t.float({ description: 'From 0 to 2.' }),
    topP: t.float({ description: 'From 0 to 1.' }),
    maxOutputTokens: t.int({ description: 'The longest answer of one model call, in tokens; at least 1.' }),
    reasoningEffort: t.field({ type: ReasoningEffort, description: 'For models that reason; others may refuse it.' }),
    parallelToolCalls: t.boolean({ description: 'Whether the model may ask for several tool calls at once.' }),
    responseFormat: t.field({ type: ResponseFormatInput, description: 'What the text of an answer has to be.' }),
  }),
});

/** The column is written from validated input only. */
export function settingsOf(row: WithCopy<'modelSettings'>): Settings | null {
  return asGiven(row, 'modelSettings') as Settings | null;
}
