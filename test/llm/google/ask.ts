import type { ModelDelta, ModelRequest } from '../../../src/agent/model.ts';
import { readConfig } from '../../../src/config.ts';
import type { CallLimits } from '../../../src/llm/call-limits.ts';
import { createLessons } from '../../../src/llm/dialects/lessons.ts';
import { googleModels } from '../../../src/llm/google/google.ts';

export const KEY = 'AIzaDenOfTheFox0123456789';

export const QUESTION = { role: 'user', text: 'What did the fox say?' } as const;

interface AskOptions {
  name?: string;
  request?: Partial<ModelRequest>;
  limits?: Partial<CallLimits>;
  signal?: AbortSignal;
  onDelta?: (delta: ModelDelta) => void | Promise<void>;
}

export function modelAt(baseUrl: string, name = 'gemini-3.8-flash', some: Partial<CallLimits> = {}) {
  const limits = { ...readConfig({}).modelLimits, ...some };
  return googleModels({ provider: 'gemini', baseUrl, apiKey: KEY }, limits, createLessons())(name);
}

/** One call of a Gemini model at this endpoint, and its deltas. */
export async function ask(baseUrl: string, options: AskOptions = {}) {
  const { name, request, onDelta, signal = new AbortController().signal } = options;
  const model = modelAt(baseUrl, name, options.limits);
  const deltas: ModelDelta[] = [];
  const collect = (delta: ModelDelta) => void deltas.push(delta);
  const whole = { messages: [QUESTION], tools: [], settings: {}, ...request };
  return { reply: await model.reply(whole, onDelta ?? collect, signal), deltas };
}
