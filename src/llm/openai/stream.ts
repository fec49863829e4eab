import type { OpenAI } from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { invalidResponseError, timeoutError, toModelError, type Endpoint } from '../model-errors.ts';
import { createEventReader } from '../server-sent-events.ts';

type Events = string[] | undefined;

export interface EventStream {
  /** The data of the events that arrived, undefined at the end. The first call makes the request. Rejects with ModelError. */
  next(withinMs: number): Promise<Events>;
}

/** The answer to one request as server-sent events. Aborting the signal closes the connection. */
export function openStream(
  client: OpenAI,
  endpoint: Endpoint,
  body: ChatCompletionCreateParamsStreaming,
  signal: AbortSignal,
): EventStream {
  const cut = createEventReader();
  let reader: { read(): Promise<{ value?: Uint8Array | undefined }> } | undefined;

  async function connect() {
    // Not the SDK's iterator: it costs more than all the rest of a token, and takes a broken stream for a whole one.
    const response = await client.chat.completions.create(body, { signal }).asResponse();
    const type = response.headers.get('content-type') ?? '';
    if (!response.body || /\b(json|html)\b/.test(type))
      throw invalidResponseError(endpoint, `${type || 'nothing'} instead of a stream of events`);
    return response.body.getReader();
  }

  async function read(): Promise<Events> {
    try {
      reader ??= await connect();
      const { value } = await reader.read();
      return value && cut(value);
    } catch (error) {
      throw toModelError(error, endpoint, reader !== undefined);
    }
  }

  return {
    next: (withinMs) =>
      new Promise((resolve, reject) => {
        const begun = reader !== undefined;
        const timer = setTimeout(() => {
          reject(timeoutError(endpoint, `${begun ? 'fell silent' : 'did not answer'} for ${withinMs / 1000} seconds`));
        }, withinMs);
        read()
          .then(resolve, reject)
          .finally(() => clearTimeout(timer));
      }),
  };
}
