import { expect, test } from 'vitest';
import { startCuttableProxy } from '../../harness/cuttable-proxy.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, runEvents, send, textOf, type Edge } from '../../harness/talk.ts';

const NODE = 'node { __typename ... on AssistantTextDelta { messageId delta offset } }';
const RUN = `subscription ($runId: ID!, $after: String) { runEvents(runId: $runId, after: $after) { cursor ${NODE} } }`;
const CONVERSATION = `subscription ($id: ID!, $after: String) { conversationEvents(conversationId: $id, after: $after) { ${NODE} } }`;

function address(url: string, query: string, variables: object): string {
  return `${url}?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`;
}

function open(url: string, lastEventId?: string): Promise<Response> {
  const headers = { accept: 'text/event-stream', ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
  return fetch(url, { headers });
}

const idsIn = (stream: string) => [...stream.matchAll(/^id: (.+)$/gm)].map(([, id]) => id);

async function finishedRun(server: TestServer) {
  const conversationId = await firstConversation(server);
  server.model.tokens(8);
  const { id: runId } = await send(server, { conversationId, text: 'Hi', wait: true });
  const cursors = (await runEvents(server, runId)).map(({ cursor }) => cursor);
  return { conversationId, runId, cursors };
}

test('over SSE each event has its cursor as id, selected or not, and no proxy is to hold it back', async () => {
  await using server = await startTestServer();
  const { runId, cursors } = await finishedRun(server);
  for (const query of [RUN, RUN.replace('cursor ', '').replace('runEvents', 'renamed: runEvents')]) {
    const response = await open(address(server.url, query, { runId }));
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(idsIn(await response.text())).toEqual(cursors);
  }
});

test('Last-Event-ID goes on behind that event, also when `after` is an earlier one', async () => {
  await using server = await startTestServer();
  const { conversationId, runId, cursors } = await finishedRun(server);
  const [first] = cursors;
  for (const [index, cursor] of cursors.slice(0, -1).entries()) {
    const response = await open(address(server.url, RUN, { runId, after: first }), cursor);
    const text = await response.text();
    expect(idsIn(text)).toEqual(cursors.slice(index + 1));
    expect(text).toContain('event: complete');
  }
  const endless = await open(address(server.url, CONVERSATION, { id: conversationId, after: first }), cursors.at(-2));
  const reader = endless.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!/^id: /m.test(text)) text += (await reader.read()).value;
  expect(idsIn(text)).toEqual(cursors.slice(-1));
  await reader.cancel();
});

test('a Last-Event-ID at the end of a finished run is answered with 204, which ends an EventSource', async () => {
  await using server = await startTestServer();
  const { runId, cursors } = await finishedRun(server);
  const url = address(server.url, RUN, { runId });
  const response = await open(url, cursors.at(-1));
  expect([response.status, await response.text()]).toEqual([204, '']);
  // Given as `after`, and with an empty header, there is a stream, which completes.
  for (const again of [await open(address(server.url, RUN, { runId, after: cursors.at(-1) })), await open(url, '')]) {
    expect(again.status).toBe(200);
    expect(await again.text()).toContain('event: complete');
  }
});

test('a Last-Event-ID that is no cursor is refused', async () => {
  await using server = await startTestServer();
  const { runId } = await finishedRun(server);
  expect(await (await open(address(server.url, RUN, { runId }), 'x')).text()).toContain('"INVALID_CURSOR"');
});

test("a browser's EventSource gets each event of a run once, however often the connection is cut", async () => {
  await using server = await startTestServer();
  await using network = await startCuttableProxy(server.url);
  const conversationId = await firstConversation(server);
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'Hi' });
  const source = new EventSource(address(network.url, RUN, { runId: run.id }));
  const edges: Edge[] = [];
  let seen = Promise.withResolvers<void>();
  source.addEventListener('next', ({ data }) => {
    edges.push(JSON.parse(data).data.runEvents);
    if (textOf(edges).endsWith('.')) seen.resolve();
  });
  const call = await next;
  for (const text of ['One.', 'Two.']) {
    call.says(text);
    await seen.promise;
    seen = Promise.withResolvers();
    network.cut();
  }
  call.says('Three');
  call.stops();
  // It comes back once more after `complete`, as nothing here closes it: then it is told that there is no more.
  await new Promise<void>((resolve) => {
    source.addEventListener('error', () => source.readyState === source.CLOSED && resolve());
  });
  const cursors = (await runEvents(server, run.id)).map(({ cursor }) => cursor);
  expect(edges.map(({ cursor }) => cursor)).toEqual(cursors);
  expect(textOf(edges)).toBe('One.Two.Three');
});
