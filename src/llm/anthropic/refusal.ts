import { APIConnectionError, APIConnectionTimeoutError, APIError as AnthropicError } from '@anthropic-ai/sdk';
import { APIError } from 'openai';
import type { ModelError } from '../../agent/model.ts';
import { timeoutError, toModelError, type Endpoint } from '../model-errors.ts';

/** No wait brings these back, though the API says so with the status of an invalid request. */
const NO_CREDIT = /reached your specified (API )?usage limits/i;

/** The SDK has error classes of its own: a refusal becomes one of those that are read for all providers. */
export function refusalOf(error: unknown, endpoint: Endpoint): ModelError {
  if (error instanceof APIConnectionTimeoutError) return timeoutError(endpoint, 'did not answer in time', error);
  if (!(error instanceof AnthropicError) || error instanceof APIConnectionError)
    return toModelError(error, endpoint, false);
  const status = NO_CREDIT.test(error.message) ? 402 : error.status;
  const body = (error.error as object | undefined) ?? { error: error.message };
  const refusal = Object.assign(APIError.generate(status, body, undefined, error.headers), { body });
  return toModelError(refusal, endpoint, false);
}
