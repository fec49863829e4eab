import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FakeRequest {
  /** By the monotonic clock, in milliseconds. */
  receivedAt: number;
  headers: IncomingHttpHeaders;
  body: {
    model: string;
    messages: { role: string; content: string | null; tool_call_id?: string; tool_calls?: unknown[] }[];
    tools?: { function: { name: string } }[];
  } & Record<string, unknown>;
}

/** One step of a scripted answer; a string is one chunk of text. `status`, `replay`, `reset`, `eof` and `stall` end the script. */
export type Part =
  | string
  | { reasoning: string }
  | { toolCall: { name: string; arguments: unknown; id?: string; extra?: object } }
  | { finish: string }
  | { usage: Record<string, unknown> | null }
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | { replay: string; type?: string }
  | { reset: true }
  | { eof: true }
  | { stall: true }
  | { raw: string }
  | { delayMs: number };

/** One call under the test's hand. */
export type FakeCall = ReturnType<typeof createCall>;

export interface FakeOpenAi extends AsyncDisposable {
  readonly baseUrl: string;
  /** Every request received, in order. */
  readonly requests: FakeRequest[];
  /** Queues one whole answer for the next call without one; calls beyond the queue are answered "ok". */
  answers(...parts: Part[]): void;
  /** Empties the queue. */
  forgetAnswers(): void;
  /** Queues an answer of n chunks: "w0 ", "w1 ", … */
  tokens(count: number, options?: { delayMs?: number }): void;
  /** From now on calls without a queued answer are answered by this. */
  responds(respond: (body: FakeRequest['body']) => Part[]): void;
  /** From now on requests for which it returns words are refused in them, with status 400. */
  refuses(judge: (body: FakeRequest['body']) => string | undefined): void;
  /** From now on what is longer than so many tokens, at four bytes each, is refused, and usage says how long it was. */
  enforcesWindow(tokens: number): void;
  /** From now on calls without a queued answer wait for `nextCall`, so a test may ask for them late. */
  holdCalls(): void;
  /** Takes the next call without a queued answer under hand control, whether it is already held or still to come. */
  nextCall(): Promise<FakeCall>;
  /** From now on connections are refused, until `comeBack`. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** Ends every call and forgets all that it was told, for the next test. */
  reset(): Promise<void>;
}

/** A scripted OpenAI endpoint on a free port. */
export async function startFakeOpenAi(): Promise<FakeOpenAi> {
  const requests: FakeRequest[] = [];
  const scripts: Part[][] = [];
  const held: FakeCall[] = [];
  const waiting: ((call: FakeCall) => void)[] = [];
  let holds = false;
  let respond: ((body: FakeRequest['body']) => Part[]) | undefined;
  let window = Infinity;
  let judge: ((body: FakeRequest['body']) => string | undefined) | undefined;

  const server = createServer(async (incoming, response) => {
    response.on('error', () => {}); // a client that leaves is part of many tests
    const body = (await json(incoming).catch(() => undefined)) as FakeRequest['body'] | undefined;
    if (!body) return void response.destroy();
    const request = { receivedAt: performance.now(), headers: incoming.headers, body };
    requests.push(request);
    const call = createCall(request, response);
    const tokens = tokensOf(body);
    if (tokens > window) return void call.fails(400, tooLong(window, tokens));
    const refusal = judge?.(body);
    if (refusal !== undefined)
      return void call.fails(400, { error: { message: refusal, type: 'invalid_request_error' } });
    if (window < Infinity) call.uses({ prompt_tokens: tokens, completion_tokens: 10, total_tokens: tokens + 10 });
    const script = scripts.shift();
    if (script) return void play(script, call);
    if (waiting.length > 0) return waiting.shift()?.(call);
    if (holds) return void held.push(call);
    if (respond) return void play(respond(body), call);
    return void play(['ok'], call);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const goAway = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const comeBack = async () => void (await once(server.listen(port, '127.0.0.1'), 'listening'));
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    answers: (...parts) => void scripts.push(parts),
    forgetAnswers: () => void (scripts.length = 0),
    tokens(count, { delayMs = 0 } = {}) {
      const pause: Part[] = delayMs > 0 ? [{ delayMs }] : [];
      scripts.push(Array.from({ length: count }, (_, index) => [...pause, `w${index} `]).flat());
    },
    responds: (answer) => void (respond = answer),
    refuses: (words) => void (judge = words),
    enforcesWindow: (most) => void (window = most),
    holdCalls: () => void (holds = true),
    nextCall: async () => held.shift() ?? (await new Promise<FakeCall>((resolve) => waiting.push(resolve))),
    goAway,
    comeBack,
    async reset() {
      if (!server.listening) await comeBack();
      server.closeAllConnections();
      for (const list of [requests, scripts, held, waiting]) list.length = 0;
      [holds, respond, window, judge] = [false, undefined, Infinity, undefined];
    },
    [Symbol.asyncDispose]: goAway,
  };
}

function tokensOf({ messages, tools }: FakeRequest['body']): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify([messages, tools ?? []])) / 4);
}

/** In the words of OpenAI. */
function tooLong(window: number, tokens: number) {
  const message = `This model's maximum context length is ${window} tokens. However, your messages resulted in ${tokens} tokens.`;
  return { error: { message, type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' } };
}

function createCall(request: FakeRequest, response: ServerResponse) {
  let chunks = 0;
  let toolCalls = 0;
  let usage: Record<string, unknown> | null | undefined;
  const closed = new Promise<void>((resolve) => {
    response.on('close', () => void (response.writableEnded || resolve()));
  });
  const raw = (text: string) => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`${text}\n\n`);
  };
  const send = (fields: object) => {
    const chunk = { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 0, model: request.body.model };
    raw(`data: ${JSON.stringify({ ...chunk, choices: [], ...fields })}`);
  };
  const choose = (delta: object, finish: string | null = null) =>
    send({ choices: [{ index: 0, delta, finish_reason: finish }] });
  return {
    request,
    /** Resolves when the client closed the connection before the answer was complete. */
    closed,
    isOver: () => response.destroyed,
    raw,
    says(...texts: string[]) {
      for (const content of texts) choose({ content });
      chunks += texts.length;
    },
    /** Says the text again and again, until the client closes the connection. */
    async saysForever(text: string, everyMs: number) {
      while (!response.destroyed) {
        choose({ content: text });
        await sleep(everyMs);
      }
    },
    reasons: (text: string) => choose({ reasoning_content: text }),
    callsTool(
      name: string,
      toolArguments: unknown,
      id = `call_${request.body.messages.length}_${toolCalls}`,
      extra = {},
    ) {
      const text = typeof toolArguments === 'string' ? toolArguments : JSON.stringify(toolArguments);
      const call = { index: toolCalls++, id, type: 'function', function: { name, arguments: text }, ...extra };
      choose({ tool_calls: [call] });
    },
    /** The first chunk of a call, with its name: its arguments follow. */
    beginsCall(name: string, argumentsText = ''): (argumentsText: string) => void {
      const index = toolCalls;
      this.callsTool(name, argumentsText);
      return (text) => choose({ tool_calls: [{ index, function: { arguments: text } }] });
    },
    /** The usage that `stops` will report; null: none. */
    uses: (fields: Record<string, unknown> | null) => void (usage = fields),
    /** Ends the answer properly; where nothing was said and called, with "ok": an empty one would be asked for again. */
    stops() {
      if (chunks === 0 && toolCalls === 0) this.says('ok');
      this.ends();
    },
    /** Ends the answer as it is: finish reason, usage, [DONE]. */
    ends(finish = toolCalls > 0 ? 'tool_calls' : 'stop') {
      choose({}, finish);
      usage = usage === undefined ? { prompt_tokens: 10, completion_tokens: chunks, total_tokens: 10 + chunks } : usage;
      if (usage) send({ usage });
      raw('data: [DONE]');
      response.end();
    },
    fails(status: number, body: unknown = { error: { message: `fake ${status}` } }, headers: object = {}) {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    },
    /** Answers with exactly these bytes. */
    replays(body: string, type = 'text/event-stream') {
      response.writeHead(200, { 'content-type': type });
      response.end(body);
    },
    /** Ends the stream without a finish reason. */
    breaksOff: () => void response.end(),
    reset: () => void response.socket?.resetAndDestroy(),
  };
}

async function play(parts: Part[], call: FakeCall): Promise<void> {
  let finish: string | undefined;
  for (const part of parts) {
    if (call.isOver()) return;
    if (typeof part === 'string') call.says(part);
    else if ('reasoning' in part) call.reasons(part.reasoning);
    else if ('toolCall' in part) {
      const { name, arguments: given, id, extra } = part.toolCall;
      call.callsTool(name, given, id, extra);
    } else if ('usage' in part) call.uses(part.usage);
    else if ('raw' in part) call.raw(part.raw);
    else if ('delayMs' in part) await sleep(part.delayMs);
    else if ('finish' in part) finish = part.finish;
    else if ('status' in part) return call.fails(part.status, part.body, part.headers);
    else if ('replay' in part) return call.replays(part.replay, part.type);
    else if ('eof' in part) return call.breaksOff();
    else if ('reset' in part) return call.reset();
    else return; // stall
  }
  call.ends(finish);
}
