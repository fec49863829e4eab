import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { resumableSubscription } from '../../../src/client/resumable-subscription.ts';
import { startCuttableProxy } from '../../harness/cuttable-proxy.ts';
import { CONVERSATION_EVENTS, RUN_EVENTS } from '../../harness/documents.ts';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, runEvents, send, type Edge } from '../../harness/talk.ts';

test('hands over each event of a run once, however often the connection is cut', async () => {
  await using server = await startTestServer();
  await using network = await startCuttableProxy(server.url);
  const client = createClient({ url: network.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  server.model.tokens(60, { delayMs: 5 });
  const run = await send(server, { conversationId: await firstConversation(server), text: 'Hi' });

  const edges: Edge[] = [];
  for await (const edge of resumableSubscription<{ runEvents: Edge }>(client, {
    query: print(RUN_EVENTS),
    variables: { runId: run.id },
  })) {
    edges.push(edge);
    if (edges.length % 7 === 0) network.cut();
  }
  expect(edges).toEqual(await runEvents(server, run.id));
  expect(edges.length).toBeGreaterThan(14);
  await client.dispose();
});

test('does not try again what cannot succeed, and ends when its signal aborts', async () => {
  await using server = await startTestServer();
  const client = createClient({ url: server.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  const unknown = resumableSubscription(client, { query: print(RUN_EVENTS), variables: { runId: 'run-x' } });
  await expect(unknown.next()).rejects.toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);

  const left = new AbortController();
  const conversationId = await firstConversation(server);
  const endless = resumableSubscription(client, {
    query: print(CONVERSATION_EVENTS),
    variables: { conversationId },
    signal: left.signal,
  });
  const waiting = endless.next();
  left.abort();
  expect(await waiting).toMatchObject({ done: true });
  await client.dispose();
});
