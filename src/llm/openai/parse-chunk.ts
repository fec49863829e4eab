import { invalidResponseError, streamError, type Endpoint } from '../model-errors.ts';
import type { StreamEvent } from '../server-sent-events.ts';

/** What the reader looks at in a chunk. Nothing is promised: servers differ in what they leave out, and in what they put there. */
export interface Chunk {
  error?: unknown;
  usage?: Usage | null;
  choices?: (Choice | null)[] | null;
  x_groq?: { usage?: Usage | null } | null;
}

export interface Choice {
  delta?: Delta | null;
  /** The whole answer: where it is not streamed, or once more behind its deltas. */
  message?: Delta | null;
  finish_reason?: unknown;
  error?: unknown;
  usage?: Usage | null;
}

export interface Delta {
  content?: unknown;
  refusal?: unknown;
  reasoning?: unknown;
  reasoning_content?: unknown;
  reasoning_details?: unknown;
  thinking?: unknown;
  tool_calls?: unknown;
  function_call?: unknown;
}

export interface Usage {
  prompt_tokens?: unknown;
  completion_tokens?: unknown;
  total_tokens?: unknown;
  prompt_tokens_details?: { cached_tokens?: unknown; cache_write_tokens?: unknown } | null;
  completion_tokens_details?: { reasoning_tokens?: unknown } | null;
}

/** Words that keep a connection open, in place of comments. */
const HEARTBEAT = /^\s*(\[?(ping|pong|heartbeat|keep-?alive)\]?)?\s*$/i;

/** Reads the data of one event; undefined where it is a mere heartbeat. Throws ModelError for an error, and for what is no chunk. */
export function parseChunk(data: StreamEvent, endpoint: Endpoint): Chunk | undefined {
  if (typeof data !== 'string') throw streamError(data.error, endpoint);
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch (error) {
    if (HEARTBEAT.test(data)) return undefined;
    throw invalidResponseError(endpoint, 'a chunk that is not JSON', error);
  }
  if (typeof chunk !== 'object' || chunk === null) throw invalidResponseError(endpoint, 'a chunk that is no object');
  const read = chunk as Chunk;
  if (read.choices && !read.error) return read;
  const refusal = refusalIn(read);
  if (refusal) throw streamError(refusal, endpoint);
  return read;
}

/** The error that a chunk without choices is: under `error`, or itself. */
function refusalIn(chunk: Chunk & { object?: unknown; type?: unknown }): unknown {
  if (Array.isArray(chunk)) return chunk;
  if (chunk.error) return chunk.error;
  if (chunk.object === 'error' || chunk.type === 'error') return chunk;
  const isTold = ['message', 'msg', 'detail'].some((key) => key in chunk);
  const isFiled = ['code', 'status', 'status_code', 'detail'].some((key) => key in chunk);
  return isTold && isFiled ? chunk : undefined;
}
