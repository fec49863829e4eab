import { captureExchanges } from './capture.ts';
import { startTestServer, type TestServer } from './server.ts';
import { newConversation, send } from './talk.ts';
import { testTool } from './test-tool.ts';
import { calls, client, guarded } from './three-calls.ts';

/** The exchanges that a waiting conversation begins with, and that may leave its context. */
export const EXCHANGES = 4;

export const waitingTools = new Map([guarded, client, testTool('plain')]);

/** A conversation whose last run has taken a step, and waits for decisions on the calls of the next. Returns both ids. */
export async function makeWaiting(server: TestServer, names: string[], conversation?: string) {
  const conversationId = conversation ?? (await newConversation(server));
  await captureExchanges(server, conversationId, EXCHANGES);
  server.model.answers('First this.', ...calls('plain'));
  server.model.answers('Let me see.', ...calls(...names));
  const { id: runId, status } = await send(server, { conversationId, text: 'Go', wait: true });
  if (status !== 'REQUIRES_ACTION') throw new Error(`The run is ${status}.`);
  return { conversationId, runId };
}

/** The same on a server of its own. */
export async function startWaiting(...names: string[]) {
  const server = await startTestServer(waitingTools);
  const waiting = await makeWaiting(server, names);
  return { server, ...waiting, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
