import { OpenAI, type APIError } from 'openai';
import type { Endpoint } from '../model-errors.ts';
import { isOpenAi } from './request.ts';

/** A client of one endpoint. It sets no limit of time: its caller does. */
export function createClient({ baseUrl, apiKey }: Endpoint): OpenAI {
  return new Client({
    baseURL: baseUrl,
    // The SDK insists on a key, and would send the one it finds in the environment to any provider.
    apiKey: apiKey ?? 'none',
    adminAPIKey: null,
    ...(!isOpenAi(baseUrl) && { organization: null, project: null }),
    maxRetries: 0, // the run retries, where it can be seen and canceled
    timeout: MAX_TIMER_MS,
    fetchOptions: { dispatcher: patient } as object,
    logLevel: 'off', // its debug log holds prompts
  });
}

export const MAX_TIMER_MS = 2 ** 31 - 1;

class Client extends OpenAI {
  /** Keeps the whole body: not every provider says what is wrong under `error`. */
  protected override makeStatusError(
    status: number,
    body: object | undefined,
    message: string | undefined,
    headers: Headers,
  ): APIError {
    return Object.assign(super.makeStatusError(status, body!, message, headers), { body: body ?? message });
  }
}

interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
}

/** Node's `fetch` gives up after five minutes of silence: a model may reason for longer. undici documents the symbol. */
export const patient: Dispatcher = {
  dispatch(options, handler) {
    const { [Symbol.for('undici.globalDispatcher.1')]: dispatcher } = globalThis as unknown as Record<
      symbol,
      Dispatcher
    >;
    return dispatcher!.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler);
  },
};
