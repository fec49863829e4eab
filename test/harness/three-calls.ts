import { startTestServer } from './server.ts';
import { firstConversation, send } from './talk.ts';
import { testTool } from './test-tool.ts';

export const guarded = testTool('guarded', { requiresApproval: true });

export const client = testTool('client', { isClient: true });

const tools = new Map([testTool('plain', { isParallel: true }), guarded, client]);

export const calls = (...names: string[]) =>
  names.map((name, amount) => ({ toolCall: { name, arguments: { amount } } }));

/** Starts a run whose model calls these tools, and returns it when it waits. */
export async function park(...names: string[]) {
  const server = await startTestServer(tools);
  const conversationId = await firstConversation(server);
  server.model.answers('Let me see.', ...calls(...names));
  const run = await send(server, { conversationId, text: 'Go', wait: true });
  return { server, conversationId, run, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
