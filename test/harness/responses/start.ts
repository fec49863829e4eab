import type { Tools } from '../../../src/agent/tool.ts';
import { startOwnServer } from '../server.ts';
import { startFakeResponses } from './fake-responses.ts';

/** A server whose models `own/thinker`, `own/other` and `own/plain` are at a strict Responses endpoint; the first is the default. */
export async function startAtResponses(tools: Tools = new Map(), environment: Record<string, string> = {}) {
  await using stack = new AsyncDisposableStack();
  const endpoint = stack.use(await startFakeResponses());
  const models = ['thinker', 'other', 'plain'].map((name) => ({ name, contextWindow: 100_000 }));
  const provider = { name: 'own', baseUrl: endpoint.baseUrl, api: 'responses', models };
  const settings = { PROVIDERS: JSON.stringify([provider]), DEFAULT_MODEL: 'own/thinker', MODEL_TRIES: '1' };
  const server = stack.use(await startOwnServer({ ...settings, ...environment }, tools));
  const all = stack.move();
  return { ...server, endpoint, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
