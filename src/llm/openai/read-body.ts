import { invalidResponseError, type Endpoint } from '../model-errors.ts';
import { createEventReader, type StreamEvent } from '../server-sent-events.ts';

/** Reads the body of an answer piece by piece. */
export interface BodyReader {
  read(bytes: Uint8Array): StreamEvent[];
  /** What is left when the body has ended. */
  end(): StreamEvent[];
}

/** In bytes: as long as the longest event, because a whole answer is one. */
const MAX_BODY = 4 * 1024 * 1024;

const BLANKS = /^[\s\xef\xbb\xbf]*/;

/**
 * Reads a stream of events, or a whole answer in JSON, which some servers and gateways send instead. The first character
 * tells which it is: not every content type does. Throws ModelError for a page, and a RangeError for more than 4 MB of JSON.
 */
export function createBodyReader(endpoint: Endpoint, contentType: string): BodyReader {
  const start: Uint8Array[] = [];
  let length = 0;
  let cut: ReturnType<typeof createEventReader> | undefined;
  let isJson = false;

  function begin(bytes: Uint8Array): StreamEvent[] {
    start.push(bytes);
    length += bytes.length;
    if (length > MAX_BODY) throw new RangeError('an answer of more than 4 MB');
    const first = isJson ? '{' : Buffer.from(bytes).toString('latin1').replace(BLANKS, '')[0];
    if (first === undefined) return [];
    if (first === '<') throw invalidResponseError(endpoint, `a page (${contentType}) instead of an answer`);
    isJson = first === '{' || first === '[';
    if (isJson) return [];
    cut = createEventReader();
    return cut(Buffer.concat(start.splice(0)));
  }

  return {
    read: (bytes) => (cut ? cut(bytes) : begin(bytes)),
    end: () => (isJson ? [new TextDecoder().decode(Buffer.concat(start)), '[DONE]'] : []),
  };
}
