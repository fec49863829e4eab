import type { GoogleGenAI } from '@google/genai';
import type { Endpoint } from '../model-errors.ts';
import type { Chunk } from './answer.ts';
import { toGoogleError } from './errors.ts';
import { toParameters, type GoogleRequest } from './request.ts';

export interface ChunkStream {
  /** Makes the request; resolves when the headers of the answer are there. Rejects with ModelError, that of `late` when they do not come in time. */
  open(withinMs: number, late: () => Error): Promise<void>;
  /** The next chunk, undefined at the end. Rejects like `open`. */
  next(withinMs: number, late: () => Error): Promise<Chunk | undefined>;
}

/** The answer to one request. Aborting the signal closes the connection. */
export function openStream(
  client: GoogleGenAI,
  endpoint: Endpoint,
  request: GoogleRequest,
  signal: AbortSignal,
): ChunkStream {
  let chunks: AsyncGenerator<unknown> | undefined;

  async function connect(): Promise<void> {
    try {
      chunks = await client.models.generateContentStream(toParameters(request, signal));
    } catch (error) {
      throw toGoogleError(error, endpoint, false);
    }
  }

  async function read(): Promise<Chunk | undefined> {
    try {
      const { value, done } = await chunks!.next();
      return done ? undefined : (value as Chunk);
    } catch (error) {
      throw toGoogleError(error, endpoint, true);
    }
  }

  return {
    open: (withinMs, late) => within(withinMs, connect(), late),
    next: (withinMs, late) => within(withinMs, read(), late),
  };
}

function within<T>(withinMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), withinMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
