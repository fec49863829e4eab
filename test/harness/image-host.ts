import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `hang`: never answers. `stall`: stops in the middle. `endless`: has no end. A text is where it redirects to. */
export type HostedImage = Buffer | number | string | 'hang' | 'stall' | 'endless' | { type: string; body: Buffer };

/** Somebody's server with images on it. */
export interface ImageHost extends AsyncDisposable {
  url: string;
  /** Puts something at a path. */
  put(path: string, what: HostedImage): string;
  /** What was asked for, in order. */
  requests: string[];
  /** Resolves when a client has left an answer without end, or one that never came. */
  left: Promise<void>;
}

export async function startImageHost(): Promise<ImageHost> {
  const files = new Map<string, HostedImage>();
  const requests: string[] = [];
  const { promise: left, resolve: onLeft } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    response.on('error', () => {}); // the client has left
    const path = request.url ?? '';
    requests.push(path);
    answer(response, files.get(path) ?? 404, onLeft);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    put(path, what) {
      files.set(path, what);
      return `${url}${path}`;
    },
    requests,
    left,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, what: HostedImage, onLeft: () => void) {
  response.on('close', () => void (response.writableFinished || onLeft()));
  if (Buffer.isBuffer(what)) return void response.writeHead(200).end(what);
  if (typeof what === 'number') return void response.writeHead(what).end('no image');
  if (what === 'hang') return;
  if (what === 'stall') return void response.writeHead(200, { 'content-length': 1000 }).write('half');
  if (what === 'endless') {
    response.writeHead(200);
    const writing = setInterval(() => response.write(Buffer.alloc(500_000)), 1);
    return void response.on('close', () => clearInterval(writing));
  }
  if (typeof what === 'string') return void response.writeHead(302, { location: what }).end();
  response.writeHead(200, { 'content-type': what.type, 'content-length': what.body.length }).end(what.body);
}
