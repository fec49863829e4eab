import { z } from 'zod';
import type { StoredCompactionSettings } from '../../agent/compaction/settings.ts';
import { asGiven } from '../../key-order.ts';
import type { Models } from '../../llm/registry.ts';
import type { Agent } from '../../store/generated/client.ts';
import { checkModel } from '../check-model.ts';
import { modelSettings, nonEmptyText, shortText } from '../input.ts';

/** What a client may say of them. Null is a value where the schema has it as one, and refused elsewhere. */
export const compactionSettings = z
  .object({
    mode: z.enum(['ALL', 'SLIDING_WINDOW', 'SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW']),
    model: shortText.nullable(),
    modelSettings: modelSettings.nullable(),
    prompt: nonEmptyText,
    clipChars: z.int().min(1, 'must be at least 1').nullable(),
    slidingWindowPercentage: z.number().gt(0, 'must be above 0').max(1, 'must not be above 1'),
    promptAcknowledgement: z.boolean(),
  })
  .partial();

type GivenCompaction = z.output<typeof compactionSettings>;

/** The same with the full handle of its model, if one is given. `name` is what the input calls the settings. */
export function checkCompaction(models: Models, given: GivenCompaction, name: string): GivenCompaction {
  return given.model == null ? given : { ...given, model: checkModel(models, given.model, [name, 'model']) };
}

/** The column is written from validated input only. */
export function compactionOf(
  agent: Pick<Agent, 'compactionSettings' | 'compactionSettingsAsGiven'>,
): StoredCompactionSettings {
  return asGiven(agent, 'compactionSettings') as StoredCompactionSettings;
}
