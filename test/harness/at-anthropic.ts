import { startFakeAnthropic } from './fake-anthropic.ts';
import { startOwnServer } from './server.ts';
import { firstConversation, send } from './talk.ts';
import { testTool } from './test-tool.ts';

/** A server whose models are at a strict endpoint of the Messages API, and a conversation. */
export async function startAtAnthropic(model = 'claude-sonnet-5-5') {
  await using stack = new AsyncDisposableStack();
  const endpoint = stack.use(await startFakeAnthropic());
  const tools = new Map(['look', 'wait'].map((name) => testTool(name, { isParallel: true })));
  const environment = {
    ANTHROPIC_BASE_URL: endpoint.baseUrl,
    ANTHROPIC_API_KEY: 'den-of-the-fox',
    DEFAULT_MODEL: `anthropic/${model}`,
    MODEL_TRIES: '1',
  };
  const server = stack.use(await startOwnServer(environment, tools));
  const conversationId = await firstConversation(server);
  const all = stack.move();
  return {
    endpoint,
    server,
    conversationId,
    /** One turn, to its end. */
    say: (text: string, more: Partial<Parameters<typeof send>[1]> = {}) =>
      send(server, { conversationId, text, wait: true, ...more }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
