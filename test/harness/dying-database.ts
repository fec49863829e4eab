import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to PostgreSQL on which connections can die at the worst moment. */
export interface DyingDatabase extends AsyncDisposable {
  url: string;
  /** Of the answers to come every third, whoever gets it, is the last one of its connection; `count` in all. */
  dieWithAnswers(count: number): void;
}

/** ReadyForQuery, outside of a transaction. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

export async function startDyingDatabase(databaseUrl: string): Promise<DyingDatabase> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let doomed = 0;
  let answers = 0;
  const server = createServer((client) => {
    const backend = connect(Number(port || 5432), hostname);
    for (const [socket, peer] of [[client, backend] as const, [backend, client] as const]) {
      sockets.add(socket);
      socket.on('error', () => peer.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        peer.destroy();
      });
    }
    client.pipe(backend);
    backend.on('data', (chunk) => {
      const isDoomed = doomed > 0 && chunk.subarray(-READY.length).equals(READY) && ++answers % 3 === 0;
      if (!isDoomed) return void client.write(chunk);
      doomed -= 1;
      // In one piece, so that the driver reads of both in one turn.
      client.end(Buffer.concat([chunk, fatal()]));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = `${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    dieWithAnswers: (count) => void (doomed = count),
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

function fatal(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
  const head = Buffer.from([0x45, 0, 0, 0, 0]);
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
