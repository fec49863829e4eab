import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { judgeGemini, type GeminiBody, type GeminiPart } from './gemini-judge.ts';

export interface GeminiRequest {
  model: string;
  headers: IncomingHttpHeaders;
  body: GeminiBody;
}

/** One chunk of an answer; a string is one of text. `status`, `eof`, `reset` and `stall` end the script. */
export type GeminiChunk =
  | string
  | { parts: GeminiPart[] }
  | { finish: string }
  | { blocked: string }
  | { usage: Record<string, unknown> }
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | { raw: string }
  | { eof: true }
  | { reset: true }
  | { stall: true };

export type FakeGemini = Awaited<ReturnType<typeof startFakeGemini>>;

/** Parts of an answer. */
export const thought = (text: string): GeminiPart => ({ text, thought: true });
export const callOf = (name: string, args: unknown = {}, more: { id?: string; thoughtSignature?: string } = {}) => {
  const { id, ...signed } = more;
  return { functionCall: { ...(id && { id }), name, args }, ...signed };
};

/** A scripted Gemini endpoint on a free port, as strict as Google's. Calls without a queued answer are answered "ok". */
export async function startFakeGemini() {
  const requests: GeminiRequest[] = [];
  const scripts: GeminiChunk[][] = [];
  /** By model and signature: the part that it came with. */
  const issued = new Map<string, GeminiPart>();
  const refusals: string[] = [];
  const stalled: { closed: Promise<void> }[] = [];
  let refuse: ((request: GeminiRequest) => string | undefined) | undefined;

  const server = createServer(async (incoming, response) => {
    response.on('error', () => {}); // a client that leaves is part of many tests
    const url = new URL(incoming.url ?? '', 'http://fake');
    const model = /^\/v1beta\/models\/([^:]+):streamGenerateContent$/.exec(url.pathname)?.[1];
    if (!model || url.searchParams.get('alt') !== 'sse') return fail(response, 404, 'Not Found');
    const body = (await json(incoming)) as GeminiBody;
    const request = { model, headers: incoming.headers, body };
    requests.push(request);
    const isIssued = (part: GeminiPart) => isDeepStrictEqual(issued.get(keyOf(model, part)), part);
    const refusal = judgeGemini(body, model, isIssued) ?? refuse?.(request);
    if (refusal !== undefined) {
      refusals.push(refusal);
      return fail(response, 400, refusal);
    }
    for (const chunk of scripts.shift() ?? ['ok']) {
      if (typeof chunk === 'object' && 'parts' in chunk)
        for (const part of chunk.parts) if (part.thoughtSignature) issued.set(keyOf(model, part), part);
      if (!play(chunk, response, stalled)) return;
    }
    if (!response.writableEnded)
      send(response, { candidates: [{ finishReason: 'STOP', index: 0 }], usageMetadata: USAGE });
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Every request received, in order. */
    requests,
    /** What was refused, in the endpoint's words. */
    refusals,
    /** The calls that a script left without an end; `closed` resolves when the client has left. */
    stalled,
    /** Queues one whole answer. It ends with STOP and usage, unless the script says otherwise. */
    answers: (...chunks: GeminiChunk[]) => void scripts.push(chunks),
    /** From now on the signatures that it has given are not valid. */
    forgetsSignatures: () => issued.clear(),
    /** From now on requests for which it returns words are refused in them, with status 400. */
    refuses: (judge: typeof refuse) => void (refuse = judge),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const USAGE = {
  promptTokenCount: 100,
  candidatesTokenCount: 20,
  thoughtsTokenCount: 5,
  cachedContentTokenCount: 40,
  totalTokenCount: 125,
};

const keyOf = (model: string, { thoughtSignature }: GeminiPart) => `${model} ${thoughtSignature}`;

const send = (response: ServerResponse, chunk: object) => {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${JSON.stringify(chunk)}\r\n\r\n`);
};

const say = (response: ServerResponse, parts: GeminiPart[]) =>
  send(response, { candidates: [{ content: { parts, role: 'model' }, index: 0 }] });

const fail = (response: ServerResponse, code: number, message: string, headers = {}, more = {}) => {
  const status = code === 400 ? 'INVALID_ARGUMENT' : 'UNKNOWN';
  response.writeHead(code, { 'content-type': 'application/json; charset=UTF-8', ...headers });
  response.end(JSON.stringify({ error: { code, message, status, ...more } }, null, 2));
};

/** Whether the script goes on. */
function play(chunk: GeminiChunk, response: ServerResponse, stalled: { closed: Promise<void> }[]): boolean {
  if (typeof chunk === 'string') say(response, [{ text: chunk }]);
  else if ('parts' in chunk) say(response, chunk.parts);
  else if ('usage' in chunk) send(response, { usageMetadata: chunk.usage });
  else if ('raw' in chunk) {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk.raw);
  } else if ('finish' in chunk) {
    send(response, { candidates: [{ finishReason: chunk.finish, index: 0 }], usageMetadata: USAGE });
    response.end();
    return false;
  } else if ('blocked' in chunk) {
    send(response, { promptFeedback: { blockReason: chunk.blocked }, usageMetadata: { promptTokenCount: 100 } });
    response.end();
    return false;
  } else if ('status' in chunk) {
    fail(response, chunk.status, `fake ${chunk.status}`, chunk.headers, chunk.body as object);
    return false;
  } else if ('eof' in chunk) {
    response.end();
    return false;
  } else if ('reset' in chunk) {
    response.socket?.resetAndDestroy();
    return false;
  } else {
    stalled.push({ closed: once(response, 'close').then(() => undefined) });
    return false;
  }
  return true;
}
