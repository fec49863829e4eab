/** A program: answers a POST with the model's stream as it is. What any server between a model and a client costs at least. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const url = `${process.env['PROVIDER_URL']}/chat/completions`;
const server = createServer((incoming, response) => {
  response.socket?.setNoDelay(true);
  const outgoing = request(url, { method: 'POST', headers: { 'content-type': 'application/json' } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, { 'content-type': 'text/event-stream' });
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`);
