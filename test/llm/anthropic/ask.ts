import type { ModelDelta, ModelRequest } from '../../../src/agent/model.ts';
import { readConfig } from '../../../src/config.ts';
import { anthropicModels } from '../../../src/llm/anthropic/anthropic.ts';
import type { CallLimits } from '../../../src/llm/call-limits.ts';
import { createLessons } from '../../../src/llm/dialects/lessons.ts';

export const LOOK = { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } };

export const KEY = 'den-of-the-fox';

/** Asks a model of an endpoint that speaks the Messages API, without a server. */
export async function ask(
  baseUrl: string,
  request: Partial<ModelRequest> = {},
  { name = 'claude-sonnet-5-5', limits = {} as Partial<CallLimits>, signal = new AbortController().signal } = {},
) {
  const endpoint = { provider: 'fox', baseUrl, apiKey: KEY };
  const model = anthropicModels(endpoint, { ...readConfig({}).modelLimits, ...limits }, createLessons())(name, 200_000);
  const question = { role: 'user', text: 'What did the fox say?' } as const;
  const deltas: ModelDelta[] = [];
  const whole = { messages: [question], tools: [], settings: {}, ...request };
  const reply = await model.reply(whole, (delta) => void deltas.push(delta), signal);
  return { reply, deltas };
}
