import type { ModelSettings } from '../../agent/model.ts';

/** The input limit of every current Gemini model, in tokens; output has a limit of its own. */
export const GOOGLE_CONTEXT_WINDOW = 1_048_576;

/**
 * Models that Google's API serves for text and tools: https://ai.google.dev/gemini-api/docs/models and …/deprecations,
 * as of November 2026. Any other name resolves too.
 */
export const GOOGLE_MODELS = [
  'gemini-3.8-flash',
  'gemini-3.7-flash',
  'gemini-3.6-flash',
  'gemini-3.5-flash',
  'gemini-3.5-flash-lite',
  'gemini-3.1-flash-lite',
  'gemini-3.1-pro-preview',
  'gemini-2.5-flash-lite',
];

type Effort = NonNullable<ModelSettings['reasoningEffort']>;

/** In tokens, as Google's own OpenAI endpoint takes the efforts: https://ai.google.dev/gemini-api/docs/openai#thinking */
const BUDGETS: Record<Effort, number> = { MINIMAL: 1024, LOW: 1024, MEDIUM: 8192, HIGH: 24_576 };

/** Since 3 they think at levels, not within a budget; an alias such as `gemini-flash-latest` is one of them. */
const HAS_LEVELS = /gemini-([3-9]|\d\d)|-latest$/;
const HAS_BUDGET = /gemini-2\.5/;

/** The others refuse the lowest level: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking */
const HAS_MINIMAL = /gemini-3(\.[156])?-flash/;

/** The `thinkingConfig` of a request. Thoughts are asked for where it has any: they cost nothing more. */
export function toThinking(name: string, effort: Effort | null | undefined) {
  const includeThoughts = HAS_BUDGET.test(name) || HAS_LEVELS.test(name) ? { includeThoughts: true } : {};
  if (effort == null) return includeThoughts;
  if (HAS_BUDGET.test(name)) return { ...includeThoughts, thinkingBudget: BUDGETS[effort] };
  return { ...includeThoughts, thinkingLevel: effort === 'MINIMAL' && !HAS_MINIMAL.test(name) ? 'LOW' : effort };
}
