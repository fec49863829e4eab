import {
  DEFAULT_CLIP_CHARS,
  DEFAULT_MODE,
  DEFAULT_SLIDING_SHARE,
  type CompactionSettings as Settings,
} from '../../agent/compaction/settings.ts';
import { builder } from '../builder.ts';
import { CompactionMode } from '../conversations/compaction-stats.ts';
import { print } from '../limits.ts';
import { ModelSettings, ModelSettingsInput } from './model-settings.ts';

export const CompactionSettings = builder.objectRef<Settings>('CompactionSettings').implement({
  description: 'How a context that becomes too long is made shorter, with every default filled in.',
  fields: (t) => ({
    mode: t.expose('mode', {
      type: CompactionMode,
      description: 'What leaves the context, and who is asked for the summary of it.',
    }),
    model: t.exposeString('model', {
      nullable: true,
      description:
        "The handle of the model that summarises in the modes ALL and SLIDING_WINDOW. Null: a small one of OpenAI for an agent on OpenAI, else the agent's own.",
    }),
    modelSettings: t.expose('modelSettings', {
      type: ModelSettings,
      nullable: true,
      description: 'What that model is called with. Null when nothing is set.',
    }),
    prompt: t.exposeString('prompt', {
      description: 'Instructions to the model that writes the summary. Default: the prompt of the mode.',
    }),
    clipChars: t.exposeInt('clipChars', {
      nullable: true,
      description: 'A longer summary is cut after so many Unicode code points, and marked as cut. Null: it is not.',
    }),
    slidingWindowPercentage: t.exposeFloat('slidingWindowPercentage', {
      description: 'In the sliding-window modes: the share of the messages that leaves at least, above 0 and up to 1.',
    }),
    promptAcknowledgement: t.exposeBoolean('promptAcknowledgement', {
      description:
        'Whether the model is shown, before the transcript, that it has acknowledged the prompt: against summaries that chat.',
    }),
  }),
});

export const CompactionSettingsInput = builder.inputType('CompactionSettingsInput', {
  description:
    'How a context that becomes too long is made shorter. What is left out stays as it is, or has its default; only model, modelSettings and clipChars can be null.',
  fields: (t) => ({
    mode: t.field({
      type: CompactionMode,
      description: `${DEFAULT_MODE} by default. Another mode without a prompt takes its own default prompt.`,
    }),
    model: t.string({
      description:
        "The handle of the model that summarises in the modes ALL and SLIDING_WINDOW. Null, the default: a small one of OpenAI for an agent on OpenAI, else the agent's own.",
    }),
    modelSettings: t.field({
      type: ModelSettingsInput,
      description: 'What that model is called with, as a whole. Null, the default: nothing is set.',
    }),
    prompt: t.string({ description: 'Instructions to the model that writes the summary. Not blank.' }),
    clipChars: t.int({
      description: `Cut a longer summary after so many Unicode code points, at least 1; null: never. ${print(DEFAULT_CLIP_CHARS)} by default.`,
    }),
    slidingWindowPercentage: t.float({
      description: `In the sliding-window modes: the share of the messages that leaves at least, above 0 and up to 1. ${DEFAULT_SLIDING_SHARE} by default.`,
    }),
    promptAcknowledgement: t.boolean({
      description:
        'Show the model, before the transcript, that it has acknowledged the prompt: against summaries that chat. false by default.',
    }),
  }),
});
