import { OpenAI } from 'openai';
import type { Model, ModelReply } from '../agent/model.ts';
import { truncatedError, type Endpoint } from './model-errors.ts';
import { createAnswer } from './openai-answer.ts';
import { isOpenAi, toOpenAiRequest } from './openai-request.ts';
import { openStream, type EventStream } from './openai-stream.ts';

export interface Patience {
  /** How long to wait for the first bytes of an answer. */
  firstMs: number;
  /** How long an answer may pause after that. */
  idleMs: number;
}

const PATIENCE: Patience = { firstMs: 60_000, idleMs: 30_000 };

/** After the finish reason usage comes at once or never, and after [DONE] only the end of the body is missing. */
const USAGE_MS = 1_000;
const END_MS = 100;

/** One model of an OpenAI-compatible endpoint. For several of one endpoint: `openAiModels`. */
export function createOpenAiModel(
  { name, contextWindow, ...endpoint }: Endpoint & { name: string; contextWindow: number },
  patience = PATIENCE,
): Model {
  return openAiModels(endpoint, patience)(name, contextWindow);
}

/** A maker of the models of one endpoint; they share one client. */
export function openAiModels(endpoint: Endpoint, patience = PATIENCE): (name: string, contextWindow: number) => Model {
  const client = createClient(endpoint);
  return (name, contextWindow) => ({
    handle: `${endpoint.provider}/${name}`,
    provider: endpoint.provider,
    name,
    contextWindow,
    async reply(request, onDelta, signal) {
      signal.throwIfAborted();
      const connection = new AbortController();
      const hangUp = () => connection.abort(signal.reason);
      signal.addEventListener('abort', hangUp, { once: true });
      try {
        const body = toOpenAiRequest(request, { name, baseUrl: endpoint.baseUrl });
        const stream = openStream(client, endpoint, body, connection.signal);
        // An abort ends the call at once, even while `onDelta` keeps its promise open.
        return await Promise.race([
          readReply(stream, endpoint, patience, onDelta, connection.signal),
          whenAborted(connection.signal),
        ]);
      } finally {
        signal.removeEventListener('abort', hangUp);
        connection.abort(); // a body read to its end has already given its connection back for the next call
      }
    },
  });
}

async function readReply(
  stream: EventStream,
  endpoint: Endpoint,
  { firstMs, idleMs }: Patience,
  onDelta: Parameters<Model['reply']>[1],
  signal: AbortSignal,
): Promise<ModelReply> {
  const answer = createAnswer(endpoint);
  let isDone = false;

  let events = await stream.next(firstMs);
  while (events) {
    for (const data of events) {
      if (data === '[DONE]') {
        isDone = true;
        break;
      }
      for (const delta of answer.add(data)) {
        signal.throwIfAborted();
        const pending = onDelta(delta);
        if (pending) await pending; // never without need: this runs for every token
      }
    }
    // With its finish reason the answer is whole, whatever happens to the connection then.
    events = answer.isWhole()
      ? await stream.next(isDone ? END_MS : USAGE_MS).catch(() => undefined)
      : await stream.next(idleMs);
  }
  if (!answer.isWhole()) throw truncatedError(endpoint);
  for (const delta of answer.end()) await onDelta(delta);
  return answer.reply();
}

function createClient({ baseUrl, apiKey }: Endpoint): OpenAI {
  return new OpenAI({
    baseURL: baseUrl,
    // The SDK insists on a key, and would send the one it finds in the environment to any provider.
    apiKey: apiKey ?? 'none',
    adminAPIKey: null,
    ...(!isOpenAi(baseUrl) && { organization: null, project: null }),
    maxRetries: 0, // the run retries, where it can be seen and canceled
    logLevel: 'off', // its debug log holds prompts
  });
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
