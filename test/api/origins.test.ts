import { createServer } from 'vite';
import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startOwnServer, startTestServer, type TestServer } from '../harness/server.ts';

const PAGE = 'http://localhost:5173';

function ask(url: string, headers: Record<string, string>) {
  const body = JSON.stringify({ query: '{ __typename }' });
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
}

/** What a browser asks before a page of another origin may send JSON. */
function preflight({ url }: TestServer, origin: string) {
  const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
  return fetch(url, { method: 'OPTIONS', headers });
}

test('a refused origin is told the variable to set, and the log has it once', async () => {
  await using server = await startOwnServer({ ALLOWED_ORIGINS: 'https://app.example' });
  for (const _ of [1, 2]) {
    const response = await ask(server.url, { origin: 'https://evil.example' });
    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toMatchObject({
      errors: [
        {
          message: expect.stringContaining('ALLOWED_ORIGINS=https://evil.example'),
          extensions: { code: 'ORIGIN_NOT_ALLOWED' },
        },
      ],
    });
  }
  const warnings = server.logged.lines.filter(({ code }) => code === 'ORIGIN_NOT_ALLOWED');
  expect(warnings).toMatchObject([{ level: 40, set: 'ALLOWED_ORIGINS=https://app.example,https://evil.example' }]);
});

test('a page on another port of this machine needs ALLOWED_ORIGINS, and is told so', async () => {
  await using server = await startTestServer();
  const response = await preflight(server, PAGE);
  expect(response.status).toBe(403);
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  expect(JSON.stringify(await response.json())).toContain(`ALLOWED_ORIGINS=${PAGE}`);
  expect(server.logged.lines).toContainEqual(expect.objectContaining({ level: 40, set: `ALLOWED_ORIGINS=${PAGE}` }));
  expect((await ask(server.url, { origin: PAGE, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
});

test('a page without an origin gets no line to set that would not work', async () => {
  await using server = await startTestServer();
  const text = await (await ask(server.url, { origin: 'null' })).text();
  expect(text).toContain('ORIGIN_NOT_ALLOWED');
  expect(text).not.toContain('ALLOWED_ORIGINS=');
});

test('a foreign host is refused with a reason in JSON over a socket too', async () => {
  await using server = await startTestServer();
  const headers = { host: 'evil.example' };
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws', { headers });
  const [type, text] = await new Promise<[string | undefined, string]>((resolve) => {
    socket.on('unexpected-response', async (_request, response) => {
      resolve([response.headers['content-type'], (await Array.fromAsync(response)).join('')]);
    });
  });
  expect(type).toContain('application/json');
  expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'HOST_NOT_ALLOWED' } }] });
});

test.for([true, false])(
  'the proxy of a Vite dev server works with changeOrigin: %s, sockets only where it keeps the Host',
  async (changeOrigin) => {
    await using server = await startTestServer();
    const { origin } = new URL(server.url);
    const vite = await createServer({
      configFile: false,
      logLevel: 'silent',
      server: {
        port: 0,
        host: '127.0.0.1',
        ws: false,
        proxy: { '/graphql': { target: origin, changeOrigin, ws: true } },
      },
    });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => vite.close());
    await vite.listen();
    const page = `http://127.0.0.1:${(vite.httpServer!.address() as { port: number }).port}`;
    expect((await ask(`${page}/graphql`, { origin: page, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    class FromPage extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { origin: page });
      }
    }
    const client = createClient({
      url: `${page}/graphql`.replace('http', 'ws'),
      webSocketImpl: FromPage,
      retryAttempts: 0,
    });
    stack.defer(() => client.dispose());
    const asked = Array.fromAsync(client.iterate({ query: '{ __typename }' }));
    // Browsers do not say of a handshake whose page it is of: with another Host it could be any page of this machine.
    if (changeOrigin) await expect(asked).rejects.toBeDefined();
    else expect(await asked).toEqual([{ data: { __typename: 'Query' } }]);
  },
);
