import { startProcess } from './bench-process.ts';
import { openSocket, post } from './socket.ts';
import { modelOf, type Channel, type Target } from './target.ts';

const SUBSCRIPTION = 'subscription Deltas($id: ID!) { deltas(conversationId: $id) { delta isLast } }';
const SEND = 'mutation Send($id: ID!, $model: String!) { send(conversationId: $id, model: $model) }';

interface Deltas {
  deltas: { delta: string; isLast: boolean };
}

/** The recipe's server. A socket and a subscription for each channel. */
export async function recipeTarget(providerUrl: string): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const process = stack.use(await startProcess('recipe.ts', { PROVIDER_URL: providerUrl }));
  const { url } = process;
  const all = stack.move();
  let count = 0;
  return {
    name: 'recipe',
    process,
    open: (channels) => Promise.all(Array.from({ length: channels }, openChannel)),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };

  async function openChannel(): Promise<Channel> {
    const id = `conversation-${++count}`;
    const socket = all.use(await openSocket(url));
    let onDelta: ((delta: Deltas['deltas']) => void) | undefined;
    await socket.subscribe<Deltas>(SUBSCRIPTION, { id }, ({ deltas }) => onDelta?.(deltas));
    return {
      async ask(script, onText, onAnswered) {
        const finished = new Promise<void>((resolve) => {
          onDelta = ({ delta, isLast }) => (isLast ? resolve() : onText(delta));
        });
        await post(url, SEND, { id, model: modelOf(script) });
        onAnswered();
        await finished;
      },
    };
  }
}
