import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { ModelError, type ModelErrorCode } from '../agent/model.ts';
import { isTooLong } from './context-window-refusal.ts';
import { readRetryAfter } from './retry-after.ts';

/** Where a failure happened, for its message; the key only to keep it out. */
export interface Endpoint {
  provider: string;
  baseUrl: string;
  apiKey?: string | undefined;
}

/** What a provider says about a failure, in an HTTP response or inside a stream. */
interface Refusal {
  status?: number | undefined;
  code?: unknown;
  type?: unknown;
  message?: unknown;
  headers?: Headers | undefined;
}

const RETRYABLE: ReadonlySet<ModelErrorCode> = new Set([
  'LLM_RATE_LIMITED',
  'LLM_TIMEOUT',
  'LLM_UNAVAILABLE',
  'LLM_STREAM_TRUNCATED',
  'LLM_INVALID_RESPONSE',
]);

/** The statuses that providers mean when they name an error inside a stream that began with 200. */
const STATUS_OF_CODE: Record<string, number> = {
  rate_limit_exceeded: 429,
  insufficient_quota: 402,
  invalid_api_key: 401,
  authentication_error: 401,
  permission_error: 403,
  model_not_found: 404,
  not_found_error: 404,
  context_length_exceeded: 413,
  invalid_request_error: 400,
};

/** Turns what the SDK or the connection threw into a ModelError; `streaming` when the answer had begun. */
export function toModelError(error: unknown, endpoint: Endpoint, streaming: boolean): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof APIConnectionTimeoutError) return timeoutError(endpoint, 'did not answer in time', error);
  if (error instanceof APIError && !(error instanceof APIConnectionError)) {
    // The inner error of a body is an object with OpenAI, a plain string with some local servers.
    const message = typeof error.error === 'string' ? error.error : (error.error as Refusal | undefined)?.message;
    const { status, code, type, headers } = error;
    return refusalError({ status, code, type, message, headers }, endpoint, error);
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

/** An error object that came as a chunk of the stream. */
export function streamError(error: unknown, endpoint: Endpoint): ModelError {
  const { code, type, message } = typeof error === 'object' && error ? (error as Refusal) : { message: error };
  const status =
    typeof code === 'number' ? code : (STATUS_OF_CODE[String(code)] ?? STATUS_OF_CODE[String(type)] ?? 500);
  return refusalError({ status, code, type, message }, endpoint, error);
}

export function timeoutError({ provider }: Endpoint, what: string, cause?: unknown): ModelError {
  return failure('LLM_TIMEOUT', `${provider} ${what}.`, cause);
}

export function truncatedError({ provider }: Endpoint, cause?: unknown): ModelError {
  return failure('LLM_STREAM_TRUNCATED', `The answer of ${provider} broke off before its end.`, cause);
}

export function invalidResponseError({ provider }: Endpoint, what: string, cause?: unknown): ModelError {
  return failure('LLM_INVALID_RESPONSE', `${provider} sent ${what}.`, cause);
}

/** The answer is too much for this server, however often it is asked for. */
export function limitError({ provider }: Endpoint, what: string, cause?: unknown): ModelError {
  return failure('LIMIT_EXCEEDED', `The answer of ${provider} ${what}, the limit of this server.`, cause);
}

function refusalError(refusal: Refusal, endpoint: Endpoint, cause: unknown): ModelError {
  const said = typeof refusal.message === 'string' ? shortened(refusal.message, endpoint.apiKey) : '';
  const status = refusal.status ? ` (${refusal.status})` : '';
  const message = `${endpoint.provider} refused the call${status}${said ? `: ${said}` : '.'}`;
  return failure(codeOf(refusal), message, cause, readRetryAfter(refusal.headers));
}

function codeOf({ status = 500, code, type, message }: Refusal): ModelErrorCode {
  if (status === 401 || status === 403) return 'LLM_AUTHENTICATION';
  if (status === 402 || code === 'insufficient_quota' || type === 'insufficient_quota')
    return 'LLM_INSUFFICIENT_CREDITS';
  if (status === 404) return 'LLM_MODEL_NOT_FOUND';
  if (status === 408) return 'LLM_TIMEOUT';
  // Some local servers call it an error of their own.
  if (isTooLong({ status, said: `${code} ${type} ${message}` })) return 'LLM_CONTEXT_WINDOW_EXCEEDED';
  if (status === 429) return 'LLM_RATE_LIMITED';
  if (status === 409 || status < 400 || status >= 500) return 'LLM_UNAVAILABLE';
  return 'LLM_BAD_REQUEST';
}

function failure(
  code: ModelErrorCode,
  message: string,
  cause: unknown,
  retryAfterMs: number | null = null,
): ModelError {
  return new ModelError({ code, message, isRetryable: RETRYABLE.has(code), retryAfterMs, cause });
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
