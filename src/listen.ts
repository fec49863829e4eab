import { once } from 'node:events';
import { createServer, type Server, type ServerResponse, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CheckOrigin } from './request-origin.ts';

interface ListenOptions {
  host: string;
  port: number;
  checkOrigin: CheckOrigin;
  isReady(): Promise<boolean>;
  /** How long requests under way may take once the server stops; 3 seconds by default. */
  graceMs?: number | undefined;
}

interface Listener extends AsyncDisposable {
  http: Server;
  port: number;
  /** Without a path. */
  url: string;
}

/** Answers /health and /ready, refuses what comes from other sites, and leaves the rest to `handle`. */
export async function listen(options: ListenOptions, handle: RequestListener = notFound): Promise<Listener> {
  const { host, port, checkOrigin, isReady, graceMs = 3000 } = options;
  let isClosing = false;
  const http = createServer((request, response) => {
    // Else a client that goes on asking would hold its connection, and the stop, until the grace is over.
    if (isClosing) response.shouldKeepAlive = false;
    const refusal = checkOrigin(request);
    if (refusal) return response.writeHead(403, { 'content-type': 'application/json; charset=utf-8' }).end(refusal);
    if (request.url === '/health') return answer(response, 200, 'ok');
    if (request.url !== '/ready') return handle(request, response);
    void isReady().then((ready) => answer(response, ready ? 200 : 503, ready ? 'ready' : 'not ready'));
  });
  http.listen(port, host);
  await once(http, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? new Error(`Port ${port} of ${host} is in use. Free it, or set PORT.`) : error;
  });
  const address = http.address() as AddressInfo;
  return {
    http,
    port: address.port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(http, 'close');
      isClosing = true;
      http.keepAliveTimeout = 1;
      http.close();
      const timer = setTimeout(() => http.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

const notFound: RequestListener = (_request, response) => answer(response, 404, 'There is nothing here.');

function answer(response: ServerResponse, status: number, text: string) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}
