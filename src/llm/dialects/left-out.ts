import type { ModelRequest, ModelSettings } from '../../agent/model.ts';
import type { Dialect } from './dialect.ts';

/** The setting of each parameter. `parallelToolCalls` is not among them: the agent holds to it by itself. */
const SETTINGS: Record<string, keyof ModelSettings> = {
  temperature: 'temperature',
  top_p: 'topP',
  max_tokens: 'maxOutputTokens',
  max_completion_tokens: 'maxOutputTokens',
  reasoning_effort: 'reasoningEffort',
  response_format: 'responseFormat',
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
  const sent = toBody(settings, dialect);
  const asked = Object.keys(toBody(settings, { ...dialect, omits: [] }));
  return [...asked.flatMap((name) => (name in sent ? [] : (SETTINGS[name] ?? []))), ...images];
}
