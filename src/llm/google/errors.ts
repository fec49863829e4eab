import { ApiError } from '@google/genai';
import { ModelError } from '../../agent/model.ts';
import { invalidResponseError, streamError, toModelError, truncatedError, type Endpoint } from '../model-errors.ts';

/** Not for what the request says, though the status may be that of a bad request: https://ai.google.dev/gemini-api/docs/troubleshooting */
const NO_ACCESS = /API_KEY_INVALID|API key (not valid|expired|not found)|"FAILED_PRECONDITION"/i;

/** What does not come back by waiting: money, and a quota of nothing. */
const NO_CREDIT = /(prepa\w+ )?credits? (are|is) depleted|spend(ing)? (cap|limit)|\blimit: 0\b/i;

/** Turns what the SDK or the connection threw into a ModelError; `streaming` when the answer had begun. */
export function toGoogleError(error: unknown, endpoint: Endpoint, streaming: boolean): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof ApiError) return refusalError(readStatus(error), endpoint);
  const message = error instanceof Error ? error.message : '';
  // The SDK's words for a stream that ends within an event, or is none.
  if (message.startsWith('Incomplete JSON segment')) return truncatedError(endpoint, error);
  if (error instanceof SyntaxError || /^(exception parsing stream chunk|Response body is empty)/.test(message))
    return invalidResponseError(endpoint, 'a chunk that is not JSON', error);
  if (message.startsWith('invalid model parameter'))
    return streamError({ code: 404, message: 'The name of the model is not valid.' }, endpoint);
  return toModelError(error, endpoint, streaming);
}

/** The SDK puts the body into the message, with words before it when it came inside a stream. */
function readStatus({ status, message }: ApiError): object {
  try {
    const body = JSON.parse(message.slice(message.search(/[{[]/))) as unknown;
    const { error } = (Array.isArray(body) ? body[0] : body) as { error?: object | string };
    return typeof error === 'object' ? { ...error, code: status } : { code: status, message: error ?? message };
  } catch {
    return { code: status, message };
  }
}

function refusalError(status: object, endpoint: Endpoint): ModelError {
  const error = streamError(status, endpoint);
  const said = JSON.stringify(status);
  const isLimit = error.code === 'LLM_RATE_LIMITED';
  const code = NO_ACCESS.test(said)
    ? 'LLM_AUTHENTICATION'
    : isLimit && NO_CREDIT.test(said)
      ? 'LLM_INSUFFICIENT_CREDITS'
      : error.code;
  if (code === error.code) return error;
  const { message, retryAfterMs, cause } = error;
  return new ModelError({ code, message, isRetryable: false, retryAfterMs, cause });
}
