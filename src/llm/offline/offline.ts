import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Model } from '../../agent/model.ts';
import { answerOffline, type ChatMessage } from './answer.ts';
import type { ChatTool, ChatToolChoice } from './tools.ts';
import type { CallLimits } from '../call-limits.ts';
import { createOpenAiModel } from '../openai/openai.ts';

const WORD_MS = 30;

/** Small, so that a conversation fills it, and compaction can be seen, in a few long messages. */
const CONTEXT_WINDOW = 16_384;

interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  tools?: ChatTool[];
  tool_choice?: ChatToolChoice;
  stream?: boolean;
  max_tokens?: number;
  reasoning_effort?: string;
}

interface OfflineProvider extends AsyncDisposable {
  model: Model;
  baseUrl: string;
  apiKey: string;
}

/**
 * A model that needs no account: an OpenAI-compatible server in this process, reached over HTTP like a real one, so
 * that what is tried on it is the real path. It listens on the loopback only, and answers only who knows its key.
 */
export async function startOfflineProvider(limits: CallLimits): Promise<OfflineProvider> {
  const apiKey = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    handle(request, response, apiKey).catch((error: unknown) => {
      if (response.headersSent)
        response.destroy(); // the client left
      else refuse(response, 400, String(error));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  server.unref();
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    baseUrl,
    apiKey,
    model: createOpenAiModel(
      { provider: 'offline', name: 'parley', baseUrl, apiKey, contextWindow: CONTEXT_WINDOW },
      limits,
    ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, apiKey: string): Promise<void> {
  if (request.headers.authorization !== `Bearer ${apiKey}`) return refuse(response, 401, 'Wrong API key.');
  if (request.method !== 'POST' || request.url !== '/v1/chat/completions') return refuse(response, 404, 'Not found.');
  const chat = (await json(request)) as ChatRequest;
  if (chat.model !== 'parley') return refuse(response, 404, `There is no model ${chat.model} here, only parley.`);
  if (!Array.isArray(chat.messages)) return refuse(response, 400, 'messages is missing.');
  const answer = compose(chat);
  if (chat.stream) await stream(response, answer);
  else {
    const message = {
      role: 'assistant',
      content: answer.text,
      reasoning_content: answer.reasoning,
      tool_calls: answer.toolCalls,
    };
    const choice = { index: 0, message, finish_reason: answer.finish };
    sendJson(response, 200, { ...head('chat.completion'), choices: [choice], usage: answer.usage });
  }
}

function compose({ messages, tools, tool_choice: choice, max_tokens: limit, reasoning_effort: effort }: ChatRequest) {
  const answer = answerOffline(messages, tools, choice);
  const full = 'text' in answer ? answer.text : '';
  const text = limit ? full.slice(0, limit * 4) : full;
  const reasoning = effort ? answer.because : '';
  const toolCalls =
    'toolCalls' in answer
      ? answer.toolCalls.map((call, index) => ({
          index,
          id: `call_${messages.length}_${index}`,
          type: 'function',
          function: call,
        }))
      : undefined;
  const finish = toolCalls ? 'tool_calls' : text.length < full.length ? 'length' : 'stop';
  // An image counts as a word or two, not as its base64.
  const prompt = tokens(JSON.stringify({ messages, tools }, (key, value) => (key === 'image_url' ? {} : value)));
  const completion = tokens(text + reasoning + (toolCalls ? JSON.stringify(toolCalls) : ''));
  const usage = {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    completion_tokens_details: { reasoning_tokens: tokens(reasoning) },
  };
  return { text, reasoning, toolCalls, finish, usage };
}

async function stream(response: ServerResponse, answer: ReturnType<typeof compose>): Promise<void> {
  const left = new AbortController();
  response.on('close', () => left.abort());
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (fields: object) =>
    response.write(`data: ${JSON.stringify({ ...head('chat.completion.chunk'), ...fields })}\n\n`);
  const choose = (delta: object, finish: string | null = null) =>
    send({ choices: [{ index: 0, delta, finish_reason: finish }] });
  const speak = async (key: string, text: string) => {
    for (const word of text.match(/\s*\S+|\s+$/g) ?? []) {
      choose({ [key]: word });
      await sleep(WORD_MS, undefined, { signal: left.signal });
    }
  };
  await speak('reasoning_content', answer.reasoning);
  await speak('content', answer.text);
  for (const call of answer.toolCalls ?? []) choose({ tool_calls: [call] });
  choose({}, answer.finish);
  send({ choices: [], usage: answer.usage });
  response.end('data: [DONE]\n\n');
}

function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: { message, type: 'invalid_request_error', code: null } });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function head(object: string) {
  return { id: 'chatcmpl-offline', object, created: 0, model: 'parley' };
}

function tokens(text: string): number {
  return Math.ceil(text.length / 4);
}
