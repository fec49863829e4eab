import type { Model } from '../agent/model.ts';
import type { Config } from '../config.ts';
import { isModelName, quoteHandle } from '../model-name.ts';
import { anthropicModels } from './anthropic/anthropic.ts';
import { ANTHROPIC_MODELS } from './anthropic/models.ts';
import { readChoice } from './dialects/choice.ts';
import { createLessons, type Lessons } from './dialects/lessons.ts';
import { startOfflineProvider } from './offline/offline.ts';
import { openAiModels } from './openai/openai.ts';
import { OPENAI_MODELS } from './openai/models.ts';
import { protocolOf } from './responses/responses.ts';

/** The models this process can call. Disposing it ends the offline provider, if that was started. */
export interface Models extends AsyncDisposable {
  list(): Model[];
  /** `provider/name`, or the name alone for `openai/name`. Listed models are always the same object. */
  resolve(handle: string): Model | undefined;
  /** Always resolves. */
  readonly defaultHandle: string;
  /** How often a call is made before its failure is final. */
  readonly maxTries: number;
}

interface Provider {
  name: string;
  listed: Map<string, Model>;
  /** Makes a model that is not listed, where the endpoint itself decides whether it exists. */
  other?: (name: string) => Model;
}

/** OpenAI's own models have more; for a server of unknown size this is the usual window today. */
const UNLISTED_CONTEXT_WINDOW = 128_000;
/** That of Anthropic's models up to 4.5: a window that is too small does least harm. */
const UNLISTED_ANTHROPIC_WINDOW = 200_000;

type ModelConfig = Pick<
  Config,
  'openai' | 'anthropic' | 'gemini' | 'providers' | 'defaultModel' | 'modelTries' | 'modelLimits'
>;

/** Makes every configured model, or the offline one where none is. Throws when the configuration contradicts itself. */
export async function createModels(config: ModelConfig, lessons = createLessons()): Promise<Models> {
  const { modelLimits, modelTries: maxTries } = config;
  const listed = config.providers.map((provider) => listedProvider(provider, modelLimits, lessons));
  const configured = [
    ...openAiProvider(config, lessons),
    ...anthropicProvider(config, lessons),
    ...listed,
    ...(await geminiProvider(config, lessons)),
  ];
  const twice = configured.find(({ name }, index) => configured.findIndex((other) => other.name === name) !== index);
  if (twice) {
    const prefix = twice.name.toUpperCase();
    throw new Error(
      `The provider "${twice.name}" is configured twice: by ${prefix}_API_KEY or ${prefix}_BASE_URL, and in PROVIDERS.`,
    );
  }

  const offline = configured.length === 0 ? await startOfflineProvider(modelLimits) : undefined;
  const providers = offline ? [toProvider('offline', [offline.model])] : configured;
  const resolve = (handle: string) => resolveIn(providers, handle);
  const list = () => providers.flatMap(({ listed }) => [...listed.values()]);
  try {
    const defaultHandle = chooseDefault(config, list(), resolve);
    return {
      list,
      resolve,
      defaultHandle,
      maxTries,
      [Symbol.asyncDispose]: async () => offline?.[Symbol.asyncDispose](),
    };
  } catch (error) {
    await offline?.[Symbol.asyncDispose]();
    throw error;
  }
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

function toProvider(name: string, models: Model[]): Provider {
  return { name, listed: new Map(models.map((model) => [model.name, model])) };
}

function resolveIn(providers: Provider[], handle: string): Model | undefined {
  // Names may hold slashes (meta-llama/…), providers may not.
  const [provider, name] = handle.includes('/') ? split(handle) : ['openai', handle];
  if (name === undefined || !isModelName(name)) return undefined;
  const found = providers.find((each) => each.name === provider);
  return found?.listed.get(name) ?? found?.other?.(name);
}

function split(handle: string): [provider: string, name: string] {
  const slash = handle.indexOf('/');
  return [handle.slice(0, slash), handle.slice(slash + 1)];
}

function chooseDefault({ openai, defaultModel }: ModelConfig, listed: Model[], resolve: Models['resolve']): string {
  if (!defaultModel) return openai ? 'openai/gpt-5-mini' : listed[0]!.handle;
  const model = resolve(defaultModel);
  if (model) return model.handle;
  const handles = listed.map(({ handle }) => handle).join(', ');
  throw new Error(`DEFAULT_MODEL is ${quoteHandle(defaultModel)}, which is not among the models there are: ${handles}`);
}
