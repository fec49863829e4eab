import { invalidResponseError, timeoutError, toModelError, type Endpoint } from '../model-errors.ts';
import type { StreamEvent } from '../server-sent-events.ts';
import { createBodyReader, type BodyReader } from './read-body.ts';

type Events = StreamEvent[] | undefined;

export interface EventStream {
  /** Makes the request; resolves when the headers of the answer are there. Rejects with ModelError. */
  open(withinMs: number): Promise<void>;
  /** The events that arrived, undefined at the end. Rejects with ModelError, that of `late` when nothing arrives in time. */
  next(withinMs: number, late: () => Error): Promise<Events>;
}

/** The answer to one request as events; `send` makes the request. */
export function openStream(endpoint: Endpoint, send: () => Promise<Response>): EventStream {
  let source: { read(): Promise<{ value?: Uint8Array | undefined }> } | undefined;
  let reader: BodyReader | undefined;
  let isOver = false;

  async function connect() {
    try {
      // Not the SDK's iterator: it costs more than all the rest of a token, and takes a broken stream for a whole one.
      const response = await send();
      const type = response.headers.get('content-type') ?? 'of no type';
      if (!response.body) throw invalidResponseError(endpoint, 'nothing instead of an answer');
      reader = createBodyReader(endpoint, type);
      source = response.body.getReader();
    } catch (error) {
      throw toModelError(error, endpoint, false);
    }
  }

  async function read(): Promise<Events> {
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
