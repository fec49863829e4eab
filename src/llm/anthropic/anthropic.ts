import { Anthropic } from '@anthropic-ai/sdk';
import { ModelError, type Model, type ModelReply, type ModelRequest } from '../../agent/model.ts';
import { callAdapted } from '../dialects/call-adapted.ts';
import type { Dialect, DialectChoice } from '../dialects/dialect.ts';
import type { Lessons } from '../dialects/lessons.ts';
import { dialectOf } from '../dialects/rows.ts';
import type { CallLimits } from '../call-limits.ts';
import { limitError, type Endpoint } from '../model-errors.ts';
import { MAX_TIMER_MS, patient } from '../openai/client.ts';
import { readReply } from '../openai/read-reply.ts';
import { createAnswer } from './answer.ts';
import { generationOf } from './models.ts';
import { toAnthropicRequest } from './request.ts';
import { checkFormat } from './settings.ts';
import { openStream } from './stream.ts';
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
      async reply(request, onDelta, signal) {
        signal.throwIfAborted();
        checkFormat(request.settings, endpoint.provider);
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
        const call = (body: AnthropicBody) =>
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
  const request = () => client.post('/v1/messages', { body, headers, signal, stream: true }).asResponse();
  try {
    // An abort ends the call at once, even while `onDelta` keeps its promise open.
    return await Promise.race([
      readReply({ ...call, stream: openStream(request, endpoint), answer }),
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

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
