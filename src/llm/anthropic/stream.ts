import { APIConnectionError, APIConnectionTimeoutError, APIError as AnthropicError } from '@anthropic-ai/sdk';
import { APIError } from 'openai';
import type { ModelError } from '../../agent/model.ts';
import { invalidResponseError, timeoutError, toModelError, type Endpoint } from '../model-errors.ts';
import { createBodyReader, type BodyReader } from '../openai/read-body.ts';
import type { EventStream } from '../openai/stream.ts';

/** The answer to one request as events. */
export function openStream(request: () => Promise<Response>, endpoint: Endpoint): EventStream {
  let source: { read(): Promise<{ value?: Uint8Array | undefined }> } | undefined;
  let reader: BodyReader | undefined;
  let isOver = false;

  async function connect() {
    try {
      const response = await request();
      if (!response.body) throw invalidResponseError(endpoint, 'nothing instead of an answer');
      reader = createBodyReader(endpoint, response.headers.get('content-type') ?? 'of no type');
      source = response.body.getReader();
    } catch (error) {
      throw errorOf(error, endpoint);
    }
  }

  async function read() {
    try {
      if (isOver) return undefined;
      const { value } = await source!.read();
      if (value) return reader!.read(value);
      isOver = true;
      return reader!.end();
    } catch (error) {
      throw toModelError(error, endpoint, true);
    }
  }

  return {
    open: (withinMs) =>
      within(withinMs, connect(), () => timeoutError(endpoint, `did not answer for ${withinMs / 1000} seconds`)),
    next: (withinMs, late) => within(withinMs, read(), late),
  };
}

function within<T>(withinMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), withinMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** No wait brings these back, though the API says so with the status of an invalid request. */
const NO_CREDIT = /reached your specified (API )?usage limits/i;

/** The SDK has error classes of its own: a refusal becomes one of those that are read for all providers. */
function errorOf(error: unknown, endpoint: Endpoint): ModelError {
  if (error instanceof APIConnectionTimeoutError) return timeoutError(endpoint, 'did not answer in time', error);
  if (!(error instanceof AnthropicError) || error instanceof APIConnectionError)
    return toModelError(error, endpoint, false);
  const status = NO_CREDIT.test(error.message) ? 402 : error.status;
  const body = (error.error as object | undefined) ?? { error: error.message };
  const refusal = Object.assign(APIError.generate(status, body, undefined, error.headers), { body });
  return toModelError(refusal, endpoint, false);
}
