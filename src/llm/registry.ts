import type { Model } from '../agent/model.ts';
import { isModelName, quoteHandle } from '../model-name.ts';
import { createLessons } from './dialects/lessons.ts';
import { startOfflineProvider } from './offline/offline.ts';
import { configuredProviders, toProvider, type ModelConfig, type Provider } from './providers.ts';

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

/** Makes every configured model, or the offline one where none is. Throws when the configuration contradicts itself. */
export async function createModels(config: ModelConfig, lessons = createLessons()): Promise<Models> {
  const { modelLimits, modelTries: maxTries } = config;
  const configured = await configuredProviders(config, lessons);
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
