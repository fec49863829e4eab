import type { OpenAI } from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { ModelError, type Model, type ModelReply, type ModelRequest } from '../../agent/model.ts';
import { callAdapted } from '../dialects/call-adapted.ts';
import type { Dialect, DialectChoice } from '../dialects/dialect.ts';
import { createLessons, type Lessons } from '../dialects/lessons.ts';
import { dialectOf } from '../dialects/rows.ts';
import type { CallLimits } from '../call-limits.ts';
import { callWithin, whenAborted } from '../call-within.ts';
import type { Endpoint } from '../model-errors.ts';
import { createAnswer } from './answer.ts';
import { createClient } from './client.ts';
import type { Protocol } from './protocol.ts';
import { isOpenAi, toOpenAiRequest } from './request.ts';
import { readReply } from './read-reply.ts';
import { openStream } from './stream.ts';

/** One model of an OpenAI-compatible endpoint. For several of one endpoint: `openAiModels`. */
export function createOpenAiModel(
  { name, contextWindow, ...endpoint }: Endpoint & { name: string; contextWindow: number },
  limits: CallLimits,
): Model {
  return openAiModels(endpoint, limits, createLessons())(name, contextWindow);
}

const CHAT: Protocol = {
  switches: {},
  toBody: toOpenAiRequest,
  send: (client, body, signal) =>
    client.chat.completions.create(body as ChatCompletionCreateParamsStreaming, { signal }).asResponse(),
  createAnswer,
};

type MakeModel = (name: string, contextWindow: number, choices?: DialectChoice[]) => Model;

/** A maker of the models of one endpoint; they share one client. */
export function openAiModels(
  endpoint: Endpoint,
  limits: CallLimits,
  lessons: Lessons,
  protocol: Protocol = CHAT,
): MakeModel {
  const client = createClient(endpoint);
  return (name, contextWindow, choices = []) => {
    const handle = `${endpoint.provider}/${name}`;
    const dialect = dialectOf(endpoint.baseUrl, name, [{ switches: protocol.switches }, ...choices]);
    const toBody = (request: ModelRequest, spoken: Dialect) =>
      protocol.toBody(request, { name, handle, dialect: spoken });
    return {
      handle,
      provider: endpoint.provider,
      name,
      contextWindow,
      // That of every model of OpenAI since GPT-4o.
      tokenizer: isOpenAi(endpoint.baseUrl) ? 'o200k_base' : null,
      preview: (request) => toBody(request, lessons.apply(handle, dialect)),
      reply(request, onDelta, signal) {
        return callWithin(endpoint, limits, { signal, onDelta }, ({ hasBegun, ...connection }) => {
          const call = (body: object) =>
            answerTo({ client, protocol, endpoint, limits, body, tools: request.tools, ...connection });
          return callAdapted({ handle, dialect, lessons, request, toBody, call, hasBegun });
        });
      },
    };
  };
}

interface Call {
  client: OpenAI;
  protocol: Protocol;
  endpoint: Endpoint;
  limits: CallLimits;
  body: object;
  tools: ModelRequest['tools'];
  onDelta: Parameters<Model['reply']>[1];
  signal: AbortSignal;
}

async function answerTo({ client, protocol, body, tools, ...call }: Call): Promise<ModelReply> {
  const { endpoint, limits, signal } = call;
  const answer = protocol.createAnswer(endpoint, limits.outputBytes, tools);
  try {
    const stream = openStream(endpoint, () => protocol.send(client, body, signal));
    // An abort ends the call at once, even while `onDelta` keeps its promise open.
    return await Promise.race([readReply({ ...call, stream, answer }), whenAborted(signal)]);
  } catch (error) {
    if (error instanceof ModelError) error.usage = answer.usage();
    throw error;
  }
}
