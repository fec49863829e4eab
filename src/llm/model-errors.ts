import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { ModelError, type ModelErrorCode } from '../agent/model.ts';
import { codeOf, isOfTheDay, statusOf } from './refusal-code.ts';
import { labelsOf, wordsOf } from './refusal-words.ts';
import { readRetryAfter } from './retry-after.ts';

/** Where a failure happened, for its message; the key only to keep it out. */
export interface Endpoint {
  provider: string;
  baseUrl: string;
  apiKey?: string | undefined;
}

/** What a failed call was answered with, in an HTTP response or inside a stream. */
interface Answer {
  status: number | undefined;
  headers: Headers | undefined;
  body: unknown;
}

/** In characters: bodies may be whole pages. */
const MOST_READ = 4000;

const RETRYABLE: ReadonlySet<ModelErrorCode> = new Set([
  'LLM_RATE_LIMITED',
  'LLM_TIMEOUT',
  'LLM_UNAVAILABLE',
  'LLM_STREAM_TRUNCATED',
  'LLM_INVALID_RESPONSE',
]);

/** Turns what the SDK or the connection threw into a ModelError; `streaming` when the answer had begun. */
export function toModelError(error: unknown, endpoint: Endpoint, streaming: boolean): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof APIConnectionTimeoutError) return timeoutError(endpoint, 'did not answer in time', error);
  if (error instanceof APIError && !(error instanceof APIConnectionError)) {
    const { status, headers } = error;
    const body = 'body' in error ? error.body : error.error;
    return refusalError({ status, headers, body }, endpoint, error);
  }
  if (error instanceof RangeError) return limitError(endpoint, `holds ${error.message}`, error);
  const code = connectionCode(error);
  // The socket was closed in an orderly way, but too early.
  if (streaming && code === 'UND_ERR_SOCKET') return truncatedError(endpoint, error);
  const host = new URL(endpoint.baseUrl).host;
  const what = streaming ? 'The connection to' : 'There is no connection to';
  const why = streaming ? ' broke off' : '';
  return failure('LLM_UNAVAILABLE', `${what} ${endpoint.provider} (${host})${why}${code ? `: ${code}` : ''}.`, error);
}

/** An error that came inside a stream, as a chunk or as words. */
export function streamError(error: unknown, endpoint: Endpoint): ModelError {
  return refusalError({ status: undefined, headers: undefined, body: error }, endpoint, error);
}

export function timeoutError({ provider }: Endpoint, what: string, cause?: unknown): ModelError {
  return failure('LLM_TIMEOUT', `${provider} ${what}.`, cause);
}

/** The model is at work, and its silence is paid for: one more try has to do. */
export function silenceError({ provider }: Endpoint, withinMs: number): ModelError {
  const message = `${provider} began to answer, and then sent nothing for ${withinMs / 1000} seconds.`;
  return failure('LLM_TIMEOUT', message, undefined, 2);
}

export function truncatedError({ provider }: Endpoint, cause?: unknown, mostTries?: number): ModelError {
  return failure('LLM_STREAM_TRUNCATED', `The answer of ${provider} broke off before its end.`, cause, mostTries);
}

export function invalidResponseError({ provider }: Endpoint, what: string, cause?: unknown): ModelError {
  return failure('LLM_INVALID_RESPONSE', `${provider} sent ${what}.`, cause);
}

/** An answer with a finish reason that is not known: it is no success, and mostly ends so again. */
export function cutOffError({ provider }: Endpoint, reason: unknown): ModelError {
  const said = shortened(JSON.stringify(reason), undefined);
  const message = `The answer of ${provider} ended for an unknown reason, ${said}, and counts as cut off.`;
  return failure('LLM_STREAM_TRUNCATED', message, undefined, 2);
}

/** The prompt and the answer together were longer than the context window. */
export function overflowError({ provider }: Endpoint): ModelError {
  const message = `The answer of ${provider} broke off: the context window of the model is full.`;
  return failure('LLM_CONTEXT_WINDOW_EXCEEDED', message, undefined);
}

/** The answer is too much for this server, however often it is asked for. */
export function limitError({ provider }: Endpoint, what: string, cause?: unknown): ModelError {
  return failure('LIMIT_EXCEEDED', `The answer of ${provider} ${what}, the limit of this server.`, cause);
}

function refusalError({ status, headers, body }: Answer, endpoint: Endpoint, cause: unknown): ModelError {
  const refusal = { status, words: wordsOf(body).slice(0, MOST_READ), labels: labelsOf(body) };
  const said = shortened(refusal.words, endpoint.apiKey);
  const message = `${endpoint.provider} refused the call (${statusOf(refusal)})${said ? `: ${said}` : '.'}`;
  const code = codeOf(refusal);
  const retryAfterMs = readRetryAfter(headers, refusal.words, body);
  const isRetryable = RETRYABLE.has(code) && !isOfTheDay(refusal, retryAfterMs);
  return new ModelError({ code, message, isRetryable, retryAfterMs, cause });
}

function failure(code: ModelErrorCode, message: string, cause: unknown, mostTries = Infinity): ModelError {
  return new ModelError({ code, message, isRetryable: RETRYABLE.has(code), retryAfterMs: null, mostTries, cause });
}

/** Providers like to quote the key they refused, so everything that looks like one goes. */
function shortened(message: string, apiKey: string | undefined): string {
  const withoutKey = apiKey ? message.replaceAll(apiKey, '***') : message;
  const clean = withoutKey
    .replace(/\b(sk|pk|rk|gsk|xai|hf|nvapi|key|api)[-_][\w*.-]{6,}|\bAIza[\w-]{10,}|\b[A-Za-z0-9_]{32,}/g, '***')
    .replace(/\bBearer\s+\S+/gi, 'Bearer ***')
    .replaceAll('\0', '')
    .toWellFormed();
  return clean.length > 300 ? `${clean.slice(0, 299).toWellFormed()}…` : clean;
}

function connectionCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return undefined;
}
