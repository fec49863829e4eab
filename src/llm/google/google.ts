import { GoogleGenAI } from '@google/genai';
import { ModelError, type Model, type ModelReply, type ModelRequest } from '../../agent/model.ts';
import type { CallLimits } from '../call-limits.ts';
import { callWithin, whenAborted } from '../call-within.ts';
import { callAdapted } from '../dialects/call-adapted.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Lessons } from '../dialects/lessons.ts';
import { dialectOf } from '../dialects/rows.ts';
import type { Endpoint } from '../model-errors.ts';
import { createAnswer } from './answer.ts';
import { GOOGLE_CONTEXT_WINDOW } from './models.ts';
import { withoutSignatures } from './contents.ts';
import { readReply } from './read-reply.ts';
import { toBody, toGoogleRequest, type GoogleRequest } from './request.ts';
import { openStream } from './stream.ts';

/** A maker of the models that Google's own API serves; they share one client. */
export function googleModels(endpoint: Endpoint, limits: CallLimits, lessons: Lessons): (name: string) => Model {
  const client = createClient(endpoint);
  return (name) => {
    const handle = `${endpoint.provider}/${name}`;
    const dialect = dialectOf(endpoint.baseUrl, name, [{ dialect: 'google' }]);
    const toRequest = (request: ModelRequest, spoken: Dialect) =>
      toGoogleRequest(request, { name, handle, dialect: spoken });
    return {
      handle,
      provider: endpoint.provider,
      name,
      contextWindow: GOOGLE_CONTEXT_WINDOW,
      tokenizer: null,
      preview: (request) => toBody(toRequest(request, lessons.apply(handle, dialect))),
      reply(request, onDelta, signal) {
        const tools = request.tools.map((tool) => tool.name);
        return callWithin(endpoint, limits, { signal, onDelta }, ({ hasBegun, ...connection }) => {
          const answer = (body: GoogleRequest) => answerTo({ client, endpoint, limits, body, tools, ...connection });
          const call = (body: GoogleRequest) =>
            answer(body).catch((error: unknown) => {
              if (!refusesSignature(error)) throw error;
              return answer({ ...body, contents: withoutSignatures(body.contents) });
            });
          return callAdapted({ handle, dialect, lessons, request, toBody: toRequest, call, hasBegun });
        });
      },
    };
  };
}

/** In a bad request: nothing of an answer has come. One that is missing is not meant. */
function refusesSignature(error: unknown): boolean {
  return (
    error instanceof ModelError &&
    error.code === 'LLM_BAD_REQUEST' &&
    /thought.?signature/i.test(error.message) &&
    !/missing/i.test(error.message)
  );
}

interface Call {
  client: GoogleGenAI;
  endpoint: Endpoint;
  limits: CallLimits;
  body: GoogleRequest;
  /** Names of the tools that the model may call. */
  tools: string[];
  onDelta: Parameters<Model['reply']>[1];
  signal: AbortSignal;
}

async function answerTo({ client, body, tools, ...call }: Call): Promise<ModelReply> {
  const { endpoint, limits, signal } = call;
  const answer = createAnswer(endpoint, limits.outputBytes, tools);
  try {
    const stream = openStream(client, endpoint, body, signal);
    // An abort ends the call at once, even while `onDelta` keeps its promise open.
    return await Promise.race([readReply({ ...call, stream, answer }), whenAborted(signal)]);
  } catch (error) {
    if (error instanceof ModelError) error.usage = answer.usage();
    throw error;
  }
}

/** Everything that the SDK would take from the environment otherwise is said here. */
function createClient({ baseUrl, apiKey }: Endpoint): GoogleGenAI {
  return new GoogleGenAI({
    apiKey: apiKey ?? 'none',
    vertexai: false,
    apiVersion: 'v1beta',
    httpOptions: { baseUrl }, // without retryOptions: the run retries, where it can be seen and canceled
  });
}
