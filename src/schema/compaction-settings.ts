import { builder } from './builder.ts';
import { CompactionMode } from './compaction-stats.ts';
import { ModelSettingsInput } from './model-settings.ts';

export const CompactionSettingsInput = builder.inputType('CompactionSettingsInput', {
  description: 'How a context is made shorter.',
  fields: (t) => ({
    mode: t.field({ type: CompactionMode, description: 'How.' }),
    model: t.string({ description: 'Handle of the model that summarises.' }),
    modelSettings: t.field({ type: ModelSettingsInput, description: 'Of its calls.' }),
    prompt: t.string({ description: 'What the summariser is told to do.' }),
    clipChars: t.int({ description: 'The longest summary.' }),
    slidingWindowPercentage: t.float({ description: 'The share of messages that leaves at least.' }),
    promptAcknowledgement: t.boolean({ description: 'Whether an acknowledgement is put before the transcript.' }),
  }),
});
