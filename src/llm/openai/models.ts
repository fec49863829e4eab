/**
 * Models of OpenAI with their context windows in tokens; its model pages are the reference
 * (https://developers.openai.com/api/docs/models, as of November 2026). GPT-5.5 and later take tools with reasoning only through
 * the Responses API (https://github.com/danny-avila/LibreChat/issues/14355). Any other name resolves too.
 */
export const OPENAI_MODELS: Record<string, number> = {
  'gpt-6.2-astra': 1_050_000,
  'gpt-6.2-sol': 1_050_000,
  'gpt-5.6-sol': 1_050_000,
  'gpt-5.6-terra': 1_050_000,
  'gpt-5.6-luna': 1_050_000,
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
