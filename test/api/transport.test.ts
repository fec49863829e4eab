import { once } from 'node:events';
import { serverAudits } from 'graphql-http';
import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startOwnServer, startTestServer, type TestServer } from '../harness/server.ts';
import { firstConversation } from '../harness/talk.ts';

const MUTATION = 'mutation { createAgent(input: { name: "x" }) { __typename } }';

function post(server: TestServer, body: string, headers: Record<string, string> = {}) {
  return fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
}

/** How a socket that is opened with these headers ends: the status of its refusal, or 101. */
function upgrade(server: TestServer, headers: Record<string, string>): Promise<number | undefined> {
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws', { headers });
  return new Promise((resolve) => {
    socket.on('unexpected-response', (request, { statusCode }) => {
      resolve(statusCode);
      request.destroy();
    });
    socket.on('open', () => {
      resolve(101);
      socket.close();
    });
    socket.on('error', () => undefined); // told by the status
  });
}

test('GraphQL over HTTP is served as its specification says', async () => {
  await using server = await startTestServer();
  const results = await Promise.all(serverAudits({ url: server.url }).map((audit) => audit.fn()));
  const failed = results.flatMap((result) => (result.status === 'ok' ? [] : [`${result.status} ${result.name}`]));
  expect(failed.filter((line) => line.startsWith('error'))).toEqual([]);
  expect(results.length).toBeGreaterThan(50);
});

test.for([
  ['subscription { renamed: conversationUpdates { __typename } }', 'application/json', 'text/event-stream'],
  ['subscription { conversationUpdates { __typename } }', 'multipart/mixed', 'text/event-stream'],
  ['{ __typename }', 'image/png', 'application/json'],
] as const)('%s with accept: %s is refused with a body that says to ask for %s', async ([query, accept, wanted]) => {
  await using server = await startOwnServer({ ALLOWED_ORIGINS: 'https://app.example' });
  const response = await post(server, JSON.stringify({ query }), { accept, origin: 'https://app.example' });
  expect(response.status).toBe(406);
  expect(response.headers.get('content-type')).toContain('application/json');
  expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
  expect(await response.json()).toEqual({
    errors: [
      {
        message: expect.stringMatching(`"accept: ${accept}".*"accept: ${wanted}"`),
        extensions: { code: 'NOT_ACCEPTABLE' },
      },
    ],
  });
});

test('health and readiness answer', async () => {
  await using server = await startTestServer();
  for (const path of ['/health', '/ready']) expect((await fetch(new URL(path, server.url))).status).toBe(200);
});

test.for([
  ['/', 200],
  ['/nothing', 404],
] as const)('%s says where things are', async ([path, status]) => {
  await using server = await startTestServer();
  const url = new URL(path, server.url);
  const json = await fetch(url);
  expect(json.status).toBe(status);
  expect(await json.json()).toMatchObject({ graphql: '/graphql', graphiql: '/graphql', health: '/health' });
  const page = await fetch(url, { headers: { accept: 'text/html,*/*' } });
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(await page.text()).toContain('<a href="/graphql">');
});

test('subscriptions stream over server-sent events', async () => {
  await using server = await startTestServer();
  server.model.answers('Hello');
  const conversationId = await firstConversation(server);
  const send = `mutation { sendMessage(input: { conversationId: "${conversationId}", text: "Hi" }) { ... on SendMessagePayload { run { id } } } }`;
  const { data } = (await (await post(server, JSON.stringify({ query: send }))).json()) as {
    data: { sendMessage: { run: { id: string } } };
  };
  const query = `subscription { runEvents(runId: "${data.sendMessage.run.id}") { node { __typename ... on AssistantTextDelta { delta } } } }`;
  const response = await post(server, JSON.stringify({ query }), { accept: 'text/event-stream' });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const text = await response.text();
  expect(text).toContain('"delta":"Hello"');
  expect(text).toMatch(/RunFinished[^]*event: complete/);
});

test('pages of other sites, and names that are not its own, are refused', async () => {
  await using server = await startOwnServer({ ALLOWED_ORIGINS: 'https://app.example, capacitor://localhost' });
  const body = JSON.stringify({ query: '{ viewer { id } }' });
  const evil = { origin: 'https://evil.example' };
  expect((await post(server, body, evil)).status).toBe(403);
  expect(await upgrade(server, evil)).toBe(403);
  expect(await upgrade(server, { host: 'evil.example' })).toBe(403);
  for (const origin of ['https://app.example', 'capacitor://localhost', new URL(server.url).origin]) {
    expect((await post(server, body, { origin })).status).toBe(200);
    expect(await upgrade(server, { origin })).toBe(101);
  }
  const answer = await post(server, body, { origin: 'https://app.example' });
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
});

test.for(['*', 'app.example', 'https://app.example/', 'https://app.example,app://'])(
  'ALLOWED_ORIGINS=%s, which no page could match, stops the start',
  async (origins) => {
    await expect(startOwnServer({ ALLOWED_ORIGINS: origins })).rejects.toThrow(/not a web origin.*ALLOWED_ORIGINS/s);
  },
);

test('a form or a link of another page runs no mutation', async () => {
  await using server = await startTestServer();
  const form = new URLSearchParams({ query: MUTATION });
  for (const body of [form, JSON.stringify({ query: MUTATION })]) {
    expect((await fetch(server.url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body })).status).toBe(
      415,
    );
  }
  expect((await fetch(server.url, { method: 'POST', body: form })).status).toBe(415);
  expect((await fetch(`${server.url}?${form}`)).status).toBe(405);
  expect(
    (await server.request<{ agents: { totalCount: number } }, object>('{ agents { totalCount } }', {})).data,
  ).toEqual({ agents: { totalCount: 1 } });
});

test.for(['with', 'without'])(
  'a body over MAX_BODY_BYTES, %s a length, is refused with an error that names the limit',
  async (kind) => {
    await using server = await startOwnServer({ MAX_BODY_BYTES: '1000000', ALLOWED_ORIGINS: 'https://app.example' });
    const huge = JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(30_000_000) } });
    const body = kind === 'with' ? huge : new Blob([huge]).stream();
    const headers = { 'content-type': 'application/json', origin: 'https://app.example' };
    const init = { method: 'POST', headers, body, duplex: 'half' };
    const response = await fetch(server.url, init);
    expect(response.status).toBe(413);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(await response.json()).toEqual({
      errors: [
        {
          message: expect.stringContaining('1000000 bytes, the limit that MAX_BODY_BYTES sets'),
          extensions: { code: 'PAYLOAD_TOO_LARGE', maxBytes: 1_000_000 },
        },
      ],
    });
  },
);

test('a message over MAX_FRAME_BYTES closes its socket with a reason that names the limit', async () => {
  await using server = await startOwnServer({ MAX_FRAME_BYTES: '262144' });
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('x'.repeat(300_000));
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  expect(code).toBe(1009);
  expect(String(reason)).toMatch(/262144 bytes.*MAX_FRAME_BYTES/);
});

test.for(['http', 'ws'])('the longest text fits by default, escaped, over %s', async (transport) => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const query = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename } }';
  const variables = { input: { conversationId, text: '\u4e2d'.repeat(500_000) } };
  const escaped = JSON.stringify({ query, variables }).replaceAll('\u4e2d', '\\u4e2d');
  server.model.answers('Long.');
  if (transport === 'http')
    return expect(await (await post(server, escaped)).json()).toEqual({
      data: { sendMessage: { __typename: 'SendMessagePayload' } },
    });
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  socket.send(`{"type":"subscribe","id":"1","payload":${escaped}}`);
  const [message] = (await once(socket, 'message')) as [Buffer];
  expect(String(message)).toContain('SendMessagePayload');
  socket.close();
});

test('an unexpected failure is masked, and the log has it once under the same request id', async () => {
  await using server = await startOwnServer();
  await server.deps.db.$executeRaw`ALTER TABLE "Block" RENAME TO "Gone"`;
  const { errors, data } = await server.request('{ viewer { id } agents { nodes { id blocks { id } } } }', {});
  expect(data).toBeNull();
  expect(errors).toMatchObject([
    { message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } },
  ]);
  expect(JSON.stringify(errors)).not.toMatch(/Block|prisma/i);
  const lines = server.logged.lines.filter(({ requestId }) => requestId === errors?.[0]?.extensions?.['requestId']);
  expect(lines).toMatchObject([{ level: 50, err: { message: expect.stringContaining('Block') } }]);
});

test('queries that cannot be say why', async () => {
  await using server = await startTestServer();
  const cases = [
    ['{', 'GRAPHQL_PARSE_FAILED'],
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['query ($id: ID!) { agent(id: $id) { id } }', 'BAD_USER_INPUT'],
  ] as const;
  for (const [query, code] of cases) {
    expect((await server.request(query, {})).errors?.[0], query).toMatchObject({
      message: expect.any(String),
      extensions: { code },
    });
  }
});

test('a document that carries a long value is refused, over HTTP and on a socket, and says to use variables', async () => {
  await using server = await startTestServer();
  const document = `{ node(id: "${'x'.repeat(1_000_000)}") { id } }`;
  const refused = { extensions: { code: 'PAYLOAD_TOO_LARGE' }, message: expect.stringContaining('as variables') };
  expect((await server.request(document, {})).errors).toMatchObject([refused]);
  const socket = createClient({ url: server.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  await expect(Array.fromAsync(socket.iterate({ query: document }))).rejects.toMatchObject([refused]);
  await socket.dispose();
});
