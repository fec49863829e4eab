import { PARLEY, startProcess, type BenchProcess } from './bench-process.ts';
import { openSocket, post } from './socket.ts';
import { modelOf, type Channel, type Script, type Target } from './target.ts';

const WATCH = `subscription Watch($id: ID!) {
  conversationEvents(conversationId: $id) {
    node { __typename ... on AssistantTextDelta { delta } ... on RunFinished { status } }
  }
}`;
const SEND = `mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) { ... on SendMessagePayload { run { id } } ... on Error { code message } }
}`;

interface Watched {
  conversationEvents: { node: { __typename: string; delta: string; status: string } };
}

export interface Parley extends Target {
  process: BenchProcess;
  /** An agent whose default conversation is empty; returns its id, which stands for that conversation. */
  createAgent(): Promise<string>;
}

/** A server in a process of its own; `scripts` are all that its model will be asked for. */
export async function parleyTarget(
  name: string,
  providerUrl: string,
  scripts: Script[],
  environment: Record<string, string>,
): Promise<Parley> {
  await using stack = new AsyncDisposableStack();
  const models = scripts.map((script) => ({ name: modelOf(script), contextWindow: 128_000 }));
  const process = stack.use(
    await startProcess(PARLEY, {
      PORT: '0',
      LOG_LEVEL: 'error',
      NODE_ENV: 'production',
      PROVIDERS: JSON.stringify([{ name: 'bench', baseUrl: providerUrl, models }]),
      ...environment,
    }),
  );
  const { url } = process;
  const all = stack.move();
  return {
    name,
    process,
    createAgent,
    open: (count) => Promise.all(Array.from({ length: count }, openChannel)),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };

  async function createAgent(): Promise<string> {
    const { createAgent } = await post<{ createAgent: { agent: { id: string } } }>(
      url,
      'mutation { createAgent(input: { name: "Bench" }) { ... on CreateAgentPayload { agent { id } } } }',
    );
    return createAgent.agent.id;
  }

  async function openChannel(): Promise<Channel> {
    const id = await createAgent();
    const socket = all.use(await openSocket(url));
    let onEvent: ((event: Watched['conversationEvents']['node']) => void) | undefined;
    await socket.subscribe<Watched>(WATCH, { id }, ({ conversationEvents }) => onEvent?.(conversationEvents.node));
    return {
      async ask(script, onText, onAnswered) {
        const finished = new Promise<void>((resolve, reject) => {
          onEvent = ({ __typename, delta, status }) => {
            if (__typename === 'AssistantTextDelta') onText(delta);
            else if (__typename === 'RunFinished') {
              if (status === 'COMPLETED') resolve();
              else reject(new Error(`a run ended as ${status}`));
            }
          };
        });
        const input = { conversationId: id, text: 'Hi', model: `bench/${modelOf(script)}` };
        const { sendMessage } = await post<{ sendMessage: { message?: string } }>(url, SEND, { input });
        if (sendMessage.message) throw new Error(sendMessage.message);
        onAnswered();
        await finished;
      },
    };
  }
}
