/**
 * A program: an OpenAI-compatible endpoint whose model `tokens-200-every-10` writes 200 tokens, one each 10 ms.
 * Each token is the time at which it was written, in milliseconds since the epoch: `1764269338123.45 `.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const server = createServer(async (request, response) => {
  response.on('error', () => {});
  const { model } = (await json(request)) as { model: string };
  const [, count, delay] = /^tokens-(\d+)-every-(\d+)$/.exec(model) ?? ['', '3', '0'];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.socket?.setNoDelay(true);
  await write(response, Number(count), Number(delay));
  response.write(chunk({ delta: {}, finish_reason: 'stop' }));
  response.end('data: [DONE]\n\n');
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1\n`);

async function write(response: ServerResponse, count: number, delayMs: number) {
  const start = performance.now();
  for (let index = 0; index < count && !response.destroyed; index++) {
    const wait = start + (index + 1) * delayMs - performance.now();
    if (wait > 0) await sleep(wait);
    const token = `${(performance.timeOrigin + performance.now()).toFixed(2)} `;
    if (!response.write(chunk({ delta: { content: token } })))
      await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
}

function chunk(choice: object): string {
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, ...choice }] })}\n\n`;
}
