import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedPost {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** `hang`: never answers. `endless`: its body has no end; `cut` tells when the caller had enough. `raw`: instead of HTTP. */
export type ReceiverAnswer = number | { redirect: string } | { raw: string } | 'hang' | 'endless';

/** Somebody's server that is told of the ends of runs. */
export interface CallbackReceiver extends AsyncDisposable {
  url: string;
  /** In the order in which they came. */
  posts: ReceivedPost[];
  /** Also those on which nothing was sent. */
  connections(): number;
  /** For the posts to come, one each; beyond them 200. */
  answers(...answers: ReceiverAnswer[]): void;
  /** Resolves when a caller has left an answer without end. */
  cut: Promise<void>;
}

export async function startCallbackReceiver(): Promise<CallbackReceiver> {
  const posts: ReceivedPost[] = [];
  const script: ReceiverAnswer[] = [];
  const { promise: cut, resolve: onCut } = Promise.withResolvers<void>();
  let connections = 0;
  const server = createServer(async (request, response) => {
    response.on('error', () => {}); // the caller has left
    const { method, url: path, headers } = request;
    posts.push({ method, path, headers, body: await text(request) });
    answer(response, script.shift() ?? 200, onCut);
  });
  server.on('connection', () => (connections += 1));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ended?of=run`,
    posts,
    connections: () => connections,
    answers: (...answers) => void script.push(...answers),
    cut,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, what: ReceiverAnswer, onCut: () => void) {
  if (what === 'hang') return;
  if (typeof what === 'number') return void response.writeHead(what).end('thanks');
  if (typeof what === 'object' && 'raw' in what) return void response.socket?.end(what.raw);
  if (typeof what === 'object') return void response.writeHead(302, { location: what.redirect }).end();
  response.writeHead(200);
  const writing = setInterval(() => response.write('more '.repeat(1000)), 1);
  response.on('close', () => {
    clearInterval(writing);
    onCut();
  });
}
