import type { ModelRequest, ModelSettings } from '../../agent/model.ts';
import type { Dialect } from './dialect.ts';
import { parametersOf } from './parameters.ts';

/** The setting of each parameter. `parallelToolCalls` is not among them: the agent holds to it by itself. */
const SETTINGS: Record<string, keyof ModelSettings> = {
  temperature: 'temperature',
  top_p: 'topP',
  max_tokens: 'maxOutputTokens',
  max_completion_tokens: 'maxOutputTokens',
  max_output_tokens: 'maxOutputTokens',
  reasoning_effort: 'reasoningEffort',
  'reasoning.effort': 'reasoningEffort',
  response_format: 'responseFormat',
  'text.format': 'responseFormat',
  topP: 'topP',
  maxOutputTokens: 'maxOutputTokens',
  thinkingLevel: 'reasoningEffort',
  thinkingBudget: 'reasoningEffort',
  responseMimeType: 'responseFormat',
  responseJsonSchema: 'responseFormat',
  output_config: 'responseFormat',
};

/** What was asked for and is not in the request, since the model refuses it: names of settings, and `images`. */
export function leftOutOf(
  request: ModelRequest,
  dialect: Dialect,
  toBody: (request: ModelRequest, dialect: Dialect) => object,
): string[] {
  const hasImage = request.messages.some((message) => message.role === 'user' && message.parts !== undefined);
  const images = hasImage && !dialect.images ? ['images'] : [];
  if (dialect.omits.length === 0) return images;
  const settings = { ...request, messages: [] };
  const sent = parametersOf(toBody(settings, dialect));
  const asked = [...parametersOf(toBody(settings, { ...dialect, omits: [] })).keys()];
  const settingsLeftOut = new Set(asked.flatMap((name) => (sent.has(name) ? [] : (SETTINGS[name] ?? []))));
  return [...settingsLeftOut, ...images];
}
