import { z } from 'zod';
import { modelSettings, nonEmptyText, shortText } from './input.ts';

export const compactionSettings = z.object({
  mode: z.enum(['ALL', 'SLIDING_WINDOW', 'SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW']).nullish(),
  model: shortText.nullish(),
  modelSettings: modelSettings.nullish(),
  prompt: nonEmptyText.nullish(),
  clipChars: z.int().min(1).nullish(),
  slidingWindowPercentage: z.number().gt(0).max(1).nullish(),
  promptAcknowledgement: z.boolean().nullish(),
});
