import { z } from 'zod';
import { InvalidInputError } from '../../errors.ts';
import type { Models } from '../../llm/registry.ts';
import type { Agent } from '../../store/generated/client.ts';
import { compactionSettings } from '../compaction/compaction-settings.ts';
import { longText, metadata, modelSettings, shortText } from '../input.ts';
import { toolRules } from '../tools/tool-rule-input.ts';

export const MIN_CONTEXT_WINDOW = 1000;
export const MAX_TAGS = 100;

/** What a client may say of an agent. A field that the schema calls non-null may be left out, but not be null. */
export const agentFields = z.object({
  name: shortText.refine((name) => name.trim() !== '', 'must not be empty'),
  description: longText.nullable(),
  system: longText,
  model: shortText,
  modelSettings: modelSettings.nullable(),
  compactionSettings,
  contextWindow: z.int().min(MIN_CONTEXT_WINDOW, `must be at least ${MIN_CONTEXT_WINDOW} tokens`),
  tags: z
    .array(shortText.min(1))
    .max(MAX_TAGS)
    .transform((tags) => [...new Set(tags)]),
  metadata,
  timezone: z.string().refine(isTimezone, 'must be an IANA time zone, such as Europe/Berlin, and not an offset'),
  hidden: z.boolean(),
  toolRules,
});

/** Old and new names alike; `Intl.supportedValuesOf` lists only one of them. An offset knows no daylight saving time. */
function isTimezone(name: string): boolean {
  try {
    return !/^[+-]/.test(new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone);
  } catch {
    return false; // a RangeError: it has no such zone
  }
}

/** What `Agent.contextWindow` holds where the own window of the model is the only limit. */
const NO_LIMIT = 2 ** 31 - 1;

/**
 * The window to store: the one that is asked for, at most the model's own, which is also the default. An agent that follows
 * the default model has no limit then: the next default has another window.
 */
export function checkWindow(
  models: Models,
  { model: handle, followsDefaultModel }: Pick<Agent, 'model' | 'followsDefaultModel'>,
  asked: number | null | undefined,
): number {
  const limit = models.resolve(handle)?.contextWindow ?? NO_LIMIT;
  if (asked == null) return followsDefaultModel ? NO_LIMIT : limit;
  if (asked <= limit) return asked;
  throw new InvalidInputError([{ path: ['contextWindow'], message: `${handle} takes at most ${limit} tokens` }]);
}

/** The same fields where null says no more than leaving them out. */
export function nullish<Shape extends z.ZodRawShape>(shape: Shape) {
  const fields = Object.entries(shape).map(([name, field]) => [name, z.nullish(field)]);
  return Object.fromEntries(fields) as { [Name in keyof Shape]: z.ZodOptional<z.ZodNullable<Shape[Name]>> };
}
