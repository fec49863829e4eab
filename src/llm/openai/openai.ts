import { OpenAI } from 'openai';
import { ModelError, type Model, type ModelReply, type ModelRequest } from '../../agent/model.ts';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { callAdapted } from '../dialects/call-adapted.ts';
import type { Dialect, DialectChoice } from '../dialects/dialect.ts';
import { createLessons, type Lessons } from '../dialects/lessons.ts';
import { dialectOf } from '../dialects/rows.ts';
import { limitError, truncatedError, type Endpoint } from '../model-errors.ts';
import { createAnswer } from './answer.ts';
import { isOpenAi, toOpenAiRequest } from './request.ts';
import { openStream, type EventStream } from './stream.ts';

/** What one call may take. */
export interface CallLimits {
  /** How long the provider may be silent before its first token. */
  firstTokenMs: number;
  /** How long an answer may pause after that. */
  idleMs: number;
  /** How long the whole answer may take. */
  callMs: number;
  /** How long its text, reasoning and tool calls may be together. */
  outputBytes: number;
}

/** After the finish reason usage comes at once or never, and after [DONE] only the end of the body is missing. */
const USAGE_MS = 1_000;
const END_MS = 100;

/** One model of an OpenAI-compatible endpoint. For several of one endpoint: `openAiModels`. */
export function createOpenAiModel(
  { name, contextWindow, ...endpoint }: Endpoint & { name: string; contextWindow: number },
  limits: CallLimits,
): Model {
  return openAiModels(endpoint, limits, createLessons())(name, contextWindow);
}

type MakeModel = (name: string, contextWindow: number, choices?: DialectChoice[]) => Model;

/** A maker of the models of one endpoint; they share one client. */
export function openAiModels(endpoint: Endpoint, limits: CallLimits, lessons: Lessons): MakeModel {
  const client = createClient(endpoint);
  return (name, contextWindow, choices) => {
    const handle = `${endpoint.provider}/${name}`;
    const dialect = dialectOf(endpoint.baseUrl, name, choices);
    const toBody = (request: ModelRequest, spoken: Dialect) =>
      toOpenAiRequest(request, { name, handle, dialect: spoken });
    return {
      handle,
      provider: endpoint.provider,
      name,
      contextWindow,
      // That of every model of OpenAI since GPT-4o.
      tokenizer: isOpenAi(endpoint.baseUrl) ? 'o200k_base' : null,
      preview: (request) => toBody(request, lessons.apply(handle, dialect)),
      async reply(request, onDelta, signal) {
        signal.throwIfAborted();
        const connection = new AbortController();
        const hangUp = () => connection.abort(signal.reason);
        signal.addEventListener('abort', hangUp, { once: true });
        const giveUp = () => connection.abort(limitError(endpoint, `took longer than ${limits.callMs / 1000} seconds`));
        const timer = setTimeout(giveUp, limits.callMs);
        let isBegun = false;
        const report: typeof onDelta = (delta) => {
          isBegun = true;
          return onDelta(delta);
        };
        const call = (body: ChatCompletionCreateParamsStreaming) =>
          answerTo({ client, endpoint, limits, body, onDelta: report, signal: connection.signal });
        try {
          return await callAdapted({ handle, dialect, lessons, request, toBody, call, hasBegun: () => isBegun });
        } finally {
          clearTimeout(timer);
          signal.removeEventListener('abort', hangUp);
          connection.abort(); // a body read to its end has already given its connection back for the next call
        }
      },
    };
  };
}

interface Call {
  client: OpenAI;
  endpoint: Endpoint;
  limits: CallLimits;
  body: ChatCompletionCreateParamsStreaming;
  onDelta: Parameters<Model['reply']>[1];
  signal: AbortSignal;
}

async function answerTo({ client, body, ...call }: Call): Promise<ModelReply> {
  const { endpoint, limits, signal } = call;
  const answer = createAnswer(endpoint, limits.outputBytes);
  try {
    const stream = openStream(client, endpoint, body, signal);
    // An abort ends the call at once, even while `onDelta` keeps its promise open.
    return await Promise.race([readReply({ ...call, stream, answer }), whenAborted(signal)]);
  } catch (error) {
    if (error instanceof ModelError) error.usage = answer.usage();
    throw error;
  }
}

interface Reading {
  endpoint: Endpoint;
  stream: EventStream;
  answer: ReturnType<typeof createAnswer>;
  limits: CallLimits;
  onDelta: Parameters<Model['reply']>[1];
  signal: AbortSignal;
}

async function readReply({ endpoint, stream, answer, limits, onDelta, signal }: Reading): Promise<ModelReply> {
  let isDone = false;
  let events = await stream.next(limits.firstTokenMs);
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
      : await stream.next(answer.hasBegun() ? limits.idleMs : limits.firstTokenMs);
  }
  if (!answer.isWhole()) throw truncatedError(endpoint);
  for (const delta of answer.end()) {
    signal.throwIfAborted();
    await onDelta(delta);
  }
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
