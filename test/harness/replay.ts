import type { Part } from './fake-openai.ts';
import { startTestServer, type TestServer } from './server.ts';
import { history, newConversation, readRun, send } from './talk.ts';
import { testTool } from './test-tool.ts';

type Chunk = object | string;

/** The body of a stream: an object is a chunk, a string is data as it is. */
export const sse = (...chunks: Chunk[]) =>
  chunks.map((chunk) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`).join('');

export const delta = (fields: object, finish: unknown = null) => ({
  choices: [{ index: 0, delta: fields, finish_reason: finish }],
});

export const call = (...toolCalls: unknown[]) => delta({ tool_calls: toolCalls });

export const STOP = delta({}, 'stop');
export const CALLED = delta({}, 'tool_calls');
export const DONE = '[DONE]';

/** How a run went: what it said, the calls that it ran, and how many requests were paid for it. */
export interface Outcome {
  status: string;
  stopReason: string | null;
  code: string | undefined;
  message: string | undefined;
  text: string;
  reasoning: string;
  calls: string[];
  totalTokens: number | null;
  requests: number;
}

/** A server whose tools `look`, `look_up` and `wait` return the arguments that they ran with. */
export function startEchoServer(): Promise<TestServer> {
  return startTestServer(new Map(['look', 'look_up', 'wait'].map((name) => testTool(name, { run: echo }))));
}

async function echo({ arguments: given }: { arguments: object }): Promise<string> {
  return JSON.stringify(given);
}

/** Sends a message in a new conversation, has these answers given to it, and says how it went. */
export async function outcomeOf(server: TestServer, ...answers: Part[][]): Promise<Outcome> {
  const conversationId = await newConversation(server);
  const before = server.model.requests.length;
  for (const parts of answers) server.model.answers(...parts);
  const { id } = await send(server, { conversationId, text: 'Hi', wait: true });
  const requests = server.model.requests.length - before;
  server.model.forgetAnswers();
  const { status, stopReason, error, usage } = await readRun(server, id);
  const { nodes } = (await history(server, conversationId)).messages;
  const textsOf = (type: string) =>
    nodes.flatMap((node) => (node.__typename === type && 'text' in node ? [node.text] : [])).join('|');
  const calls = nodes.flatMap((node) =>
    node.__typename === 'ToolReturnMessage'
      ? node.toolCalls.map(
          ({ name, status: done, result }) => `${done === 'SUCCEEDED' ? '' : `${done} `}${name}${result}`,
        )
      : [],
  );
  const [text, reasoning] = [textsOf('AssistantMessage'), textsOf('ReasoningMessage')];
  const { totalTokens } = usage;
  return {
    status,
    stopReason,
    code: error?.code,
    message: error?.message,
    text,
    reasoning,
    calls,
    totalTokens,
    requests,
  };
}
