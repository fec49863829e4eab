import type { Model } from '../agent/model.ts';
import type { Config } from '../config.ts';
import { anthropicModels } from './anthropic/anthropic.ts';
import { ANTHROPIC_MODELS } from './anthropic/models.ts';
import { readChoice } from './dialects/choice.ts';
import type { Lessons } from './dialects/lessons.ts';
import { openAiModels } from './openai/openai.ts';
import { OPENAI_MODELS } from './openai/models.ts';
import { protocolOf } from './responses/responses.ts';

/** The models of one endpoint. */
export interface Provider {
  name: string;
  listed: Map<string, Model>;
  /** Makes a model that is not listed, where the endpoint itself decides whether it exists. */
  other?: (name: string) => Model;
}

/** OpenAI's own models have more; for a server of unknown size this is the usual window today. */
const UNLISTED_CONTEXT_WINDOW = 128_000;
/** That of Anthropic's models up to 4.5: a window that is too small does least harm. */
const UNLISTED_ANTHROPIC_WINDOW = 200_000;

export type ModelConfig = Pick<
  Config,
  'openai' | 'anthropic' | 'gemini' | 'providers' | 'defaultModel' | 'modelTries' | 'modelLimits'
>;

/** Every provider that is configured, in the order of their claim to the default model. */
export async function configuredProviders(config: ModelConfig, lessons: Lessons): Promise<Provider[]> {
  return [
    ...openAiProvider(config, lessons),
    ...anthropicProvider(config, lessons),
    ...config.providers.map((provider) => listedProvider(provider, config.modelLimits, lessons)),
    ...(await geminiProvider(config, lessons)),
  ];
}

function openAiProvider({ openai, modelLimits }: ModelConfig, lessons: Lessons): Provider[] {
  if (!openai) return [];
  const baseUrl = openai.baseUrl ?? 'https://api.openai.com/v1';
  const { apiKey, api } = openai;
  const model = openAiModels({ provider: 'openai', baseUrl, apiKey }, modelLimits, lessons, protocolOf(baseUrl, api));
  const listed = Object.entries(OPENAI_MODELS).map(([name, contextWindow]) => model(name, contextWindow));
  return [{ ...toProvider('openai', listed), other: (name) => model(name, UNLISTED_CONTEXT_WINDOW) }];
}

function anthropicProvider({ anthropic, modelLimits }: ModelConfig, lessons: Lessons): Provider[] {
  if (!anthropic) return [];
  const baseUrl = anthropic.baseUrl ?? 'https://api.anthropic.com';
  const model = anthropicModels({ provider: 'anthropic', baseUrl, apiKey: anthropic.apiKey }, modelLimits, lessons);
  const listed = Object.entries(ANTHROPIC_MODELS).map(([name, contextWindow]) => model(name, contextWindow));
  return [{ ...toProvider('anthropic', listed), other: (name) => model(name, UNLISTED_ANTHROPIC_WINDOW) }];
}

/** The SDK takes memory and time at start, so it is loaded only where it is needed. */
async function geminiProvider({ gemini, modelLimits }: ModelConfig, lessons: Lessons): Promise<Provider[]> {
  if (!gemini) return [];
  const [{ googleModels }, { GOOGLE_MODELS }] = await Promise.all([
    import('./google/google.ts'),
    import('./google/models.ts'),
  ]);
  const baseUrl = gemini.baseUrl ?? 'https://generativelanguage.googleapis.com';
  const model = googleModels({ provider: 'gemini', baseUrl, apiKey: gemini.apiKey }, modelLimits, lessons);
  return [{ ...toProvider('gemini', GOOGLE_MODELS.map(model)), other: model }];
}

function listedProvider(
  { name, baseUrl, apiKey, api, models, ...choice }: Config['providers'][number],
  limits: Config['modelLimits'],
  lessons: Lessons,
): Provider {
  const endpoint = { provider: name, baseUrl, apiKey };
  const model =
    api === 'anthropic'
      ? anthropicModels(endpoint, limits, lessons)
      : openAiModels(endpoint, limits, lessons, protocolOf(baseUrl, api));
  return toProvider(
    name,
    models.map((each) =>
      model(
        each.name,
        each.contextWindow,
        [choice, each].map((entry) => readChoice(name, entry)),
      ),
    ),
  );
}

export function toProvider(name: string, models: Model[]): Provider {
  return { name, listed: new Map(models.map((model) => [model.name, model])) };
}
