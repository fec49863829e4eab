import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ModelDelta, ModelRequest } from '../../../src/agent/model.ts';
import { readConfig } from '../../../src/config.ts';
import type { CallLimits } from '../../../src/llm/call-limits.ts';
import { createOpenAiModel } from '../../../src/llm/openai/openai.ts';
import { type Part } from '../../harness/fake-openai.ts';

export const KEY = 'den-of-the-fox';

export const QUESTION = { role: 'user', text: 'What did the fox say?' } as const;

export const NO_USAGE = {
  promptTokens: null,
  completionTokens: null,
  totalTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
};

export const tool = (text: string) => ({ index: 0, id: 'a', function: { name: 'look', arguments: text } });

interface AskOptions {
  request?: ModelRequest;
  onDelta?: (delta: ModelDelta) => void | Promise<void>;
  signal?: AbortSignal;
  limits?: Partial<CallLimits>;
  apiKey?: string | undefined;
}

export async function ask(baseUrl: string, options: AskOptions = {}) {
  const { request = { messages: [QUESTION], tools: [], settings: {} }, onDelta } = options;
  const limits = { ...readConfig({}).modelLimits, ...options.limits };
  const apiKey = 'apiKey' in options ? options.apiKey : KEY;
  const model = createOpenAiModel({ provider: 'fox', name: 'fox-1', baseUrl, apiKey, contextWindow: 1000 }, limits);
  const deltas: ModelDelta[] = [];
  const collect = (delta: ModelDelta) => void deltas.push(delta);
  const reply = await model.reply(request, onDelta ?? collect, options.signal ?? new AbortController().signal);
  return { deltas, reply };
}

/** A server for what the fake cannot do. */
export async function serve(handler: RequestListener) {
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    response.on('error', () => {});
    response.setHeader('content-type', 'text/event-stream');
    request.resume().on('end', () => void handler(request, response));
  });
  server.on('connection', (socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    sockets,
    allClosed: () => Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close'))),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function chunk(fields: object): string {
  return `data: ${JSON.stringify(fields)}\n\n`;
}

export function raw(fields: object): Part {
  return { raw: chunk(fields).trimEnd() };
}
