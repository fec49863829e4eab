import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { CONVERSATION_EVENTS } from '../harness/documents.ts';
import { startOwnServer } from '../harness/server.ts';
import { firstConversation } from '../harness/talk.ts';

/** What urql sends with every operation. */
const ACCEPT =
  'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed';

const SEND_AND_WAIT = /* GraphQL */ `
  mutation ($input: SendMessageInput!) {
    sendMessage(input: $input) {
      ... on SendMessagePayload {
        run {
          status
        }
      }
    }
  }
`;

function post(url: string, accept: string, query: string, variables: object) {
  const headers = { 'content-type': 'application/json', accept };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
}

test('a server that stops answers the requests under way, whatever else they would accept', async () => {
  await using worker = await startOwnServer();
  await using api = await worker.startNode({ ROLE: 'api' });
  const conversationId = await firstConversation(api);
  worker.model.holdCalls();
  const response = post(api.url, ACCEPT, SEND_AND_WAIT, { input: { conversationId, text: 'Hi', wait: true } });
  const call = await worker.model.nextCall();
  const stopped = api[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(fetch(api.url)).rejects.toThrow());
  // Longer than what an idle connection is given.
  setTimeout(() => {
    call.says('Hello');
    call.stops();
  }, 4000);
  expect(await (await response).json()).toEqual({ data: { sendMessage: { run: { status: 'COMPLETED' } } } });
  await stopped;
});

test('a server that stops ends event streams, which are then not complete', async () => {
  await using worker = await startOwnServer();
  await using api = await worker.startNode({ ROLE: 'api' });
  const conversationId = await firstConversation(api);
  const response = await post(api.url, 'text/event-stream', print(CONVERSATION_EVENTS), { conversationId });
  const text = response.text();
  const stoppedAt = performance.now();
  await api[Symbol.asyncDispose]();
  expect(await text).not.toContain('event: complete');
  expect(performance.now() - stoppedAt).toBeLessThan(2000);
});

test('a server that stops closes sockets with 1001', async () => {
  await using worker = await startOwnServer();
  await using api = await worker.startNode({ ROLE: 'api' });
  const conversationId = await firstConversation(api);
  const sockets: WebSocket[] = [];
  class Seen extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      sockets.push(this);
    }
  }
  const client = createClient({ url: api.url.replace('http', 'ws'), webSocketImpl: Seen, retryAttempts: 0 });
  const rest = Array.fromAsync(client.iterate({ query: print(CONVERSATION_EVENTS), variables: { conversationId } }));
  rest.catch(() => undefined);
  await vi.waitFor(() => expect(sockets[0]?.readyState).toBe(WebSocket.OPEN));
  const closed = once(sockets[0]!, 'close');
  await api[Symbol.asyncDispose]();
  expect((await closed)[0]).toBe(1001);
  await client.dispose();
});

test('a server that stops keeps its database open for the operations of sockets that it has closed', async () => {
  await using other = await startOwnServer();
  await using api = await other.startNode({ ROLE: 'api' });
  const client = createClient({ url: api.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  const create = 'createAgent(input: { name: "x" }) { __typename }';
  let stopped: PromiseLike<void> | undefined;
  await other.deps.db.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE "Agent" IN EXCLUSIVE MODE`;
    Array.fromAsync(client.iterate({ query: `mutation { a: ${create} b: ${create} }` })).catch(() => undefined); // cut
    await vi.waitFor(async () => {
      const [row] = await tx.$queryRaw<{ waiting: number }[]>`
        SELECT count(*)::int AS waiting FROM pg_locks WHERE relation = '"Agent"'::regclass AND NOT granted`;
      expect(row?.waiting).toBe(1);
    });
    stopped = api[Symbol.asyncDispose]();
    await sleep(1000); // the socket is closed, and all else that the server has
  });
  await stopped;
  expect(api.logged.lines.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  expect(await other.deps.db.agent.count({ where: { name: 'x' } })).toBe(2);
});
