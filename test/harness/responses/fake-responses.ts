import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { judge, type Body, type Sealed } from './judge.ts';

/** One item of a scripted answer, or how it ends: `completed` where nothing else is said. */
export type Part =
  | { reasoning: string[] }
  | { text: string; phase?: string }
  | { refusal: string }
  | { call: { name: string; arguments: string } }
  | { incomplete: string }
  | { failed: { code: string; message: string } }
  | { error: { code: string | null; message: string } }
  | { status: number; error: object }
  | { eof: true }
  /** Stays silent, with what it has said until then sent. */
  | { hold: (closed: Promise<void>) => void };

export const USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 64, cache_write_tokens: 0 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 12 },
  total_tokens: 120,
};

export interface FakeResponses extends AsyncDisposable {
  readonly baseUrl: string;
  /** Every body, in order; those that were refused too. */
  readonly requests: Body[];
  /** The words of every refusal that was not asked for. */
  readonly refusals: string[];
  /** Queues one whole answer; calls beyond the queue are answered "ok". */
  answers(...parts: Part[]): void;
  /** From now on requests for which it returns an error are refused with it, with status 400. */
  refuses(judge: (body: Body) => object | undefined): void;
  /** Cannot open any more what it sealed. */
  losesKeys(): void;
}

/** A scripted Responses endpoint that refuses what OpenAI refuses. */
export async function startFakeResponses(): Promise<FakeResponses> {
  const requests: Body[] = [];
  const refusals: string[] = [];
  const scripts: Part[][] = [];
  const issued = new Map<string, Sealed>();
  let refuse: ((body: Body) => object | undefined) | undefined;

  const server = createServer(async (incoming, response) => {
    response.on('error', () => {}); // a client that leaves is part of a test
    const body = (await json(incoming).catch(() => undefined)) as Body | undefined;
    if (!body || incoming.url !== '/v1/responses') return void response.writeHead(404).end();
    requests.push(body);
    const asked = refuse?.(body);
    if (asked) return fail(response, 400, asked);
    const words = judge(body, issued);
    if (words !== undefined) {
      refusals.push(words);
      return fail(response, 400, { message: words, type: 'invalid_request_error', param: 'input', code: null });
    }
    play(scripts.shift() ?? [{ text: 'ok' }], body.model, response, issued);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    refusals,
    answers: (...parts) => void scripts.push(parts),
    refuses: (other) => void (refuse = other),
    losesKeys: () => issued.clear(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function fail(response: ServerResponse, status: number, error: object) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
}

let issuedIds = 0;
const newId = (prefix: string) => `${prefix}_${(issuedIds++).toString().padStart(8, '0')}`;
const halves = (text: string) => [text.slice(0, text.length / 2), text.slice(text.length / 2)];

function play(parts: Part[], model: string, response: ServerResponse, issued: Map<string, Sealed>) {
  const output: object[] = [];
  let last: Sealed | undefined;
  let sequence = 0;
  const emit = (type: string, fields: object) => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`);
  };
  const whole = (status: string, fields: object = {}) => ({
    response: { id: 'resp_1', object: 'response', model, status, output, error: null, usage: USAGE, ...fields },
  });
  /** An item from its first event to its last, with the deltas of one text of it. */
  const write = (begun: object, done: object, event: string, text: string, place: object = {}) => {
    const at = { output_index: output.length };
    emit('response.output_item.added', { ...at, item: { ...begun, status: 'in_progress' } });
    for (const delta of halves(text)) emit(`${event}.delta`, { ...at, ...place, delta });
    output.push({ ...done, status: 'completed' });
    emit('response.output_item.done', { ...at, item: output.at(-1) });
  };
  const leadTo = (next: string) => {
    if (last) last.next ??= next;
    last = undefined;
  };
  for (const part of parts) {
    if ('status' in part) return fail(response, part.status, part.error);
    if (output.length === 0 && !response.headersSent)
      emit('response.created', { response: { status: 'in_progress', output: [], usage: null } });
    if ('reasoning' in part) {
      const [id, encrypted] = [newId('rs'), newId(`gAAAAA_${model}`)];
      const at = { output_index: output.length };
      const begun = { id, type: 'reasoning', summary: [], encrypted_content: 'gAAAAA' };
      emit('response.output_item.added', { ...at, item: begun });
      for (const [place, text] of part.reasoning.entries())
        for (const delta of halves(text))
          emit('response.reasoning_summary_text.delta', { ...at, summary_index: place, delta });
      const summary = part.reasoning.map((text) => ({ type: 'summary_text', text }));
      output.push({ ...begun, summary, encrypted_content: encrypted });
      emit('response.output_item.done', { ...at, item: output.at(-1) });
      issued.set(encrypted, (last = { model, id, summary: part.reasoning, next: undefined }));
    } else if ('text' in part || 'refusal' in part) {
      const [text, content, event] =
        'text' in part
          ? [part.text, { type: 'output_text', text: part.text, annotations: [] }, 'response.output_text']
          : [part.refusal, { type: 'refusal', refusal: part.refusal }, 'response.refusal'];
      const phase = 'phase' in part ? { phase: part.phase } : {};
      const message = { id: newId('msg'), type: 'message', role: 'assistant', ...phase };
      write({ ...message, content: [] }, { ...message, content: [content] }, event, text, { content_index: 0 });
      leadTo(text);
    } else if ('call' in part) {
      const call = { id: newId('fc'), type: 'function_call', call_id: newId('call'), name: part.call.name };
      const given = part.call.arguments;
      write({ ...call, arguments: '' }, { ...call, arguments: given }, 'response.function_call_arguments', given);
      leadTo(call.call_id);
    } else if ('hold' in part) {
      return part.hold(new Promise((resolve) => response.on('close', resolve)));
    } else {
      if ('incomplete' in part)
        emit('response.incomplete', whole('incomplete', { incomplete_details: { reason: part.incomplete } }));
      else if ('failed' in part) emit('response.failed', whole('failed', { error: part.failed }));
      else if ('error' in part) emit('error', { ...part.error, param: null });
      return void response.end();
    }
  }
  emit('response.completed', whole('completed'));
  response.end();
}
