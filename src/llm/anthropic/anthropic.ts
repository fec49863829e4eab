import { Anthropic } from '@anthropic-ai/sdk';
import { ModelError, type Model, type ModelReply, type ModelRequest } from '../../agent/model.ts';
import { callAdapted } from '../dialects/call-adapted.ts';
import type { Dialect, DialectChoice } from '../dialects/dialect.ts';
import type { Lessons } from '../dialects/lessons.ts';
import { dialectOf } from '../dialects/rows.ts';
import type { CallLimits } from '../call-limits.ts';
import { callWithin, whenAborted } from '../call-within.ts';
import type { Endpoint } from '../model-errors.ts';
import { MAX_TIMER_MS, patient } from '../openai/client.ts';
import { readReply } from '../openai/read-reply.ts';
import { openStream } from '../openai/stream.ts';
import { createAnswer } from './answer.ts';
import { refusalOf } from './refusal.ts';
import { generationOf } from './models.ts';
import { toAnthropicRequest } from './request.ts';
import { checkFormat } from './settings.ts';
import type { AnthropicBody } from './target.ts';

/** For `block_binding`: https://platform.claude.com/docs/en/build-with-claude/preserved-thinking */
const BINDING = { 'anthropic-beta': 'thinking-binding-controls-2026-08-01' };

/** The last version that takes them, of models that do: https://platform.claude.com/docs/en/api/migration-2026-10-21 */
const SAMPLING = { 'anthropic-version': '2023-06-01' };

type MakeModel = (name: string, contextWindow: number, choices?: DialectChoice[]) => Model;

/** A maker of the models of one endpoint that speaks Anthropic's Messages API; they share one client. */
export function anthropicModels(endpoint: Endpoint, limits: CallLimits, lessons: Lessons): MakeModel {
  const client = createClient(endpoint);
  return (name, contextWindow, choices = []) => {
    const handle = `${endpoint.provider}/${name}`;
    const known = { dialect: 'anthropic', switches: generationOf(name) };
    const dialect = dialectOf(endpoint.baseUrl, name, [known, ...choices]);
    const toBody = (request: ModelRequest, spoken: Dialect) =>
      toAnthropicRequest(request, { name, handle, contextWindow, dialect: spoken });
    return {
      handle,
      provider: endpoint.provider,
      name,
      contextWindow,
      tokenizer: null,
      preview: (request) => toBody(request, lessons.apply(handle, dialect)),
      reply(request, onDelta, signal) {
        return callWithin(endpoint, limits, { signal, onDelta }, async ({ hasBegun, ...connection }) => {
          checkFormat(request.settings, endpoint.provider);
          const call = (body: AnthropicBody) => answerTo({ client, endpoint, limits, body, ...connection });
          return await callAdapted({ handle, dialect, lessons, request, toBody, call, hasBegun });
        });
      },
    };
  };
}

interface Call {
  client: Anthropic;
  endpoint: Endpoint;
  limits: CallLimits;
  body: AnthropicBody;
  onDelta: Parameters<Model['reply']>[1];
  signal: AbortSignal;
}

async function answerTo({ client, body, ...call }: Call): Promise<ModelReply> {
  const { endpoint, limits, signal } = call;
  const answer = createAnswer(endpoint, limits.outputBytes);
  const headers = {
    ...(body.thinking && 'block_binding' in body.thinking && BINDING),
    ...(('temperature' in body || 'top_p' in body) && SAMPLING),
  };
  // Not `messages.create`, which writes warnings to the console, nor the SDK's iterator, which costs more than all the rest of a token.
  const send = () =>
    client
      .post('/v1/messages', { body, headers, signal, stream: true })
      .asResponse()
      .catch((error: unknown) => {
        throw refusalOf(error, endpoint);
      });
  try {
    // An abort ends the call at once, even while `onDelta` keeps its promise open.
    return await Promise.race([
      readReply({ ...call, stream: openStream(endpoint, send), answer }),
      whenAborted(signal),
    ]);
  } catch (error) {
    if (error instanceof ModelError) error.usage = answer.usage();
    throw error;
  }
}

function createClient({ baseUrl, apiKey }: Endpoint): Anthropic {
  return new Anthropic({
    // Its paths begin with the version, which base URLs of other SDKs end with.
    baseURL: baseUrl.replace(/\/v1\/?$/, ''),
    // Without a key the SDK would look for credentials in the environment and in files, and send them to any provider.
    apiKey: apiKey ?? 'none',
    // The SDK sends it as a bearer token, which servers that copied the API before October 2026 may not read.
    ...(apiKey && !isAnthropic(baseUrl) && { defaultHeaders: { 'x-api-key': apiKey } }),
    maxRetries: 0, // the run retries, where it can be seen and canceled
    timeout: MAX_TIMER_MS,
    fetchOptions: { dispatcher: patient } as object,
    logLevel: 'off', // its debug log holds prompts
    openTelemetry: false, // as do its spans
  });
}

function isAnthropic(baseUrl: string): boolean {
  return /(^|\.)anthropic\.com$/.test(new URL(baseUrl).hostname);
}
