import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { judgeMessages, signatureOf, type Block, type MessagesBody } from './judge-anthropic.ts';
import { createPromptCache } from './prompt-cache.ts';

/** One step of a scripted answer; a string is a block of text. `status`, `error`, `eof` and `stall` end the script. */
export type AnthropicPart =
  | string
  | { thinking: string }
  | { redacted: string }
  | { call: string; given?: object | string; id?: string }
  | { stop: string }
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | { error: object }
  | { eof: true }
  | { stall: true };

interface AnthropicRequest {
  body: MessagesBody;
  headers: IncomingHttpHeaders;
  refusal: string | undefined;
  /** In characters. */
  usage: ReturnType<ReturnType<typeof createPromptCache>['read']> | undefined;
}

/** A scripted endpoint of the Messages API on a free port, which refuses what the API refuses; beyond the script it says "ok". */
export async function startFakeAnthropic() {
  const requests: AnthropicRequest[] = [];
  const scripts: AnthropicPart[][] = [];
  const leavers: (() => void)[] = [];
  const cache = createPromptCache();
  const server = createServer(async (incoming, response) => {
    response.on('error', () => {}); // a client that leaves is part of some tests
    const body = (await json(incoming)) as MessagesBody;
    const { headers } = incoming;
    const isBound = String(headers['anthropic-beta']).includes('thinking-binding-controls-2026-08-01');
    const isSampled = headers['anthropic-version'] !== '2023-06-01' && ('temperature' in body || 'top_p' in body);
    const refusal = isSampled ? 'temperature: Extra inputs are not permitted' : judgeMessages(body, isBound);
    const usage = refusal === undefined ? cache.read(body) : undefined;
    requests.push({ body, headers, refusal, usage });
    response.on('close', () => void (response.writableEnded || leavers.shift()?.()));
    if (!usage) return fail(response, 400, { type: 'invalid_request_error', message: refusal });
    play(scripts.shift() ?? ['ok'], response, body, usage);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    /** Queues the answer of one call. */
    answers: (...parts: AnthropicPart[]) => void scripts.push(parts),
    /** Resolves when a client leaves before its answer is complete. */
    left: () => new Promise<void>((resolve) => void leavers.push(resolve)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function fail(response: ServerResponse, status: number, error: unknown, headers: object = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ type: 'error', error, request_id: 'req_1' }));
}

/** The events of one answer, as text. */
export function eventsOf(parts: AnthropicPart[], { model, messages }: MessagesBody, usage: object): string {
  const events: object[] = [
    { type: 'message_start', message: { usage: { ...usage, output_tokens: 1 } } },
    { type: 'ping' },
  ];
  let index = 0;
  const block = (start: Block, ...deltas: object[]) => {
    events.push({ type: 'content_block_start', index, content_block: start });
    for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
    index++;
  };
  let reason = 'end_turn';
  let isWhole = true;
  for (const part of parts) {
    if (typeof part === 'string') {
      const deltas = part.match(/[^]{1,5}/g)?.map((text) => ({ type: 'text_delta', text })) ?? [];
      block({ type: 'text', text: '' }, ...deltas);
    } else if ('thinking' in part) {
      const { thinking } = part;
      const signature = signatureOf(model, thinking);
      const start = { type: 'thinking', thinking: '', signature: '' };
      block(start, { type: 'thinking_delta', thinking }, { type: 'signature_delta', signature });
    } else if ('redacted' in part) block({ type: 'redacted_thinking', data: part.redacted });
    else if ('call' in part) {
      const { call: name, given = {}, id = `toolu_${messages.length}_${index}` } = part;
      const text = typeof given === 'string' ? given : JSON.stringify(given);
      const halves = [text.slice(0, 4), text.slice(4)].map((half) => ({
        type: 'input_json_delta',
        partial_json: half,
      }));
      block({ type: 'tool_use', id, name, input: {} }, ...halves);
      reason = 'tool_use';
    } else if ('stop' in part) reason = part.stop;
    else {
      isWhole = false;
      if ('error' in part) events.push({ type: 'error', error: part.error });
    }
  }
  if (isWhole)
    events.push(
      {
        type: 'message_delta',
        delta: { stop_reason: reason },
        usage: { output_tokens: 20, output_tokens_details: { thinking_tokens: 5 } },
      },
      { type: 'message_stop' },
    );
  return events.map((event) => `event: ${(event as Block).type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

function play(parts: AnthropicPart[], response: ServerResponse, body: MessagesBody, usage: object): void {
  const refusal = parts.find((part) => typeof part === 'object' && 'status' in part);
  if (refusal && typeof refusal === 'object' && 'status' in refusal)
    return fail(response, refusal.status, refusal.body ?? { type: 'api_error', message: 'fake' }, refusal.headers);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(eventsOf(parts, body, usage));
  if (!parts.some((part) => typeof part === 'object' && 'stall' in part)) response.end();
}
