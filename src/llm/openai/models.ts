/**
 * Chat models of OpenAI with their context windows in tokens; its model pages are the reference
 * (https://developers.openai.com/api/docs/models, as of November 2026). Only models that take tools through
 * Chat Completions by default: GPT-5.5 and later want the Responses API for that. Any other name resolves too.
 */
export const OPENAI_MODELS: Record<string, number> = {
  'gpt-5.4': 1_050_000,
  'gpt-5.4-mini': 400_000,
  'gpt-5.4-nano': 400_000,
  'gpt-5.1': 400_000,
  'gpt-5': 400_000,
  'gpt-5-mini': 400_000,
  'gpt-5-nano': 400_000,
  'gpt-4.1': 1_047_576,
  'gpt-4.1-mini': 1_047_576,
  'gpt-4.1-nano': 1_047_576,
};
