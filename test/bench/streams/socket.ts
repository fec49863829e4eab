import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Socket extends AsyncDisposable {
  /** Runs a subscription; `onNext` gets each result's data. Resolves once the server has it, which another round trip shows. */
  subscribe<Data>(query: string, variables: object, onNext: (data: Data) => void): Promise<void>;
  /** Reads nothing more from the connection. */
  stall(): void;
}

/** The least client of the protocol of graphql-ws, so that the client's own work disturbs little. */
export async function openSocket(url: string): Promise<Socket> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { perMessageDeflate: false });
  const handlers = new Map<string, (data: never) => void>();
  const pongs: (() => void)[] = [];
  socket.on('message', (bytes: Buffer) => {
    const { id, type, payload } = JSON.parse(bytes.toString()) as Frame;
    if (type === 'next' && id !== undefined) {
      if (!payload?.data) throw new Error(JSON.stringify(payload));
      handlers.get(id)?.(payload.data as never);
    } else if (type === 'pong') pongs.shift()?.();
    else if (type === 'ping') socket.send('{"type":"pong"}');
    else if (type === 'error') throw new Error(JSON.stringify(payload));
  });
  await once(socket, 'open');
  const acknowledged = once(socket, 'message');
  socket.send('{"type":"connection_init"}');
  await acknowledged;
  let count = 0;
  return {
    async subscribe(query, variables, onNext) {
      const id = String(++count);
      handlers.set(id, onNext);
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }));
      const { promise, resolve } = Promise.withResolvers<void>();
      pongs.push(resolve);
      socket.send('{"type":"ping"}');
      await promise;
    },
    stall: () => socket.pause(),
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close');
      socket.terminate();
      await closed;
    },
  };
}

interface Frame {
  id?: string;
  type: string;
  payload?: { data?: unknown };
}

/** Posts an operation and returns its data. */
export async function post<Data>(url: string, query: string, variables: object = {}): Promise<Data> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
  if (!data || errors) throw new Error(JSON.stringify(errors ?? response.status));
  return data;
}
