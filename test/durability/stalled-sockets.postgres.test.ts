import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { print } from 'graphql';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { seqOf } from '../harness/check-transcript.ts';
import { CONVERSATION_EVENTS } from '../harness/documents.ts';
import { createFleet } from '../harness/fleet.ts';
import type { NodeProcess } from '../harness/node-process.ts';
import { probeQuiet } from '../harness/probe.ts';
import { isEnd, textOf } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { midAnswer } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';
import { rounds, timeout } from './rounds.ts';

const SOCKETS = Math.min(200, rounds(20));
/** More than the subscriber that reads and the test's requests need. */
const OTHERS = 5;
const PIECE = 'x'.repeat(8192);
/** Of text; more than the buffers of a socket take. */
const MEGABYTES = 12;
/** What one of them may cost more than one that has nothing to read: of 200, 10 MB. */
const STALLED_BYTES = 50_000;
const KEEP_ALIVE_MS = 12_000;
/** In /proc/net/tcp. */
const ESTABLISHED = '01';

/** Reads its first event, and then nothing any more: not even the pings. */
async function stall(
  url: string,
  conversationId: string,
  after: string,
): Promise<{ socket: WebSocket; cursor: string }> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  socket.on('error', () => {}); // it is cut off
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  const payload = { query: print(CONVERSATION_EVENTS), variables: { conversationId, after } };
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
  const [first] = await once(socket, 'message');
  socket.pause();
  return { socket, cursor: JSON.parse(String(first)).payload.data.conversationEvents.cursor };
}

/** What is in use, when what is not has been thrown away. */
async function memoryOf({ pid, lines }: NodeProcess): Promise<number> {
  const read = () => lines.flatMap(({ msg, bytes }) => (msg === 'memory' ? Number(bytes) : []));
  const count = read().length;
  process.kill(pid, 'SIGUSR2');
  await vi.waitFor(() => expect(read().length).toBeGreaterThan(count), { timeout: 10_000, interval: 20 });
  return read().at(-1)!;
}

/** Of a server that listens on 127.0.0.1, on its side. */
async function countConnections(url: string): Promise<number> {
  const place = `0100007F:${Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
  return lines.filter(([, local, , state]) => local === place && state === ESTABLISHED).length;
}

test(
  'subscribers that stop reading cost the others nothing and the server little, are cut off, and may come back',
  {
    timeout: timeout(120),
  },
  async () => {
    await using fleet = await createFleet();
    const node = await fleet.start({ MODEL_OUTPUT_LIMIT_BYTES: '100000000' }, 'test/durability/metered-server.ts');
    let marks = 0;
    await using begun = await midAnswer(fleet.model, node);
    const { conversationId, run, call, watcher } = begun;
    // What every stream needs is there when the measuring begins.
    const start = cursorOf(-1);
    const first = await Promise.all([1, 2, 3].map(() => stall(node.url, conversationId, cursorOf(-2))));
    await say(2);
    for (const { socket } of first) socket.terminate();

    const before = await memoryOf(node);
    await say(MEGABYTES);
    const afterText = await memoryOf(node);
    const idle = await Promise.all(
      Array.from({ length: SOCKETS }, () => stall(node.url, conversationId, cursorOf(-2))),
    );
    const withIdle = await memoryOf(node);
    for (const { socket } of idle) socket.terminate();
    await vi.waitFor(async () => expect(await countConnections(node.url)).toBeLessThan(OTHERS), 5000);

    // Half of them have much to catch up with, half are up to date.
    const cursors = Array.from({ length: SOCKETS }, (_, index) => (index % 2 ? start : cursorOf(-2)));
    const stalled = await Promise.all(cursors.map((cursor) => stall(node.url, conversationId, cursor)));
    const stalledAt = performance.now();
    await say(MEGABYTES);
    const withStalled = await memoryOf(node);
    expect(await countConnections(node.url)).toBeGreaterThan(SOCKETS);
    const [ofText, ofIdle] = [afterText - before, withIdle - afterText];
    const extra = (withStalled - afterText - ofText - ofIdle) / SOCKETS;
    const numbers = [ofText / MEGABYTES, ofIdle / SOCKETS, extra].map((bytes) => `${Math.round(bytes / 1000)} KB`);
    console.log(`a megabyte of text: ${numbers[0]}, an idle socket: ${numbers[1]}, a stalled one: ${numbers[2]} more`);
    expect(extra).toBeLessThan(STALLED_BYTES);

    const left = 2 * KEEP_ALIVE_MS + 4000 - (performance.now() - stalledAt);
    const cutOff = async () => expect(await countConnections(node.url)).toBeLessThan(OTHERS);
    await vi.waitFor(cutOff, {
      timeout: left,
      interval: 200,
    });
    for (const { socket } of stalled) socket.terminate();
    call.stops();
    await watcher.sees(isEnd);
    await using again = await watch(node.url, conversationId, stalled[0]!.cursor);
    await again.sees(isEnd);
    expect(again.transcript.edges.map(seqOf)).toEqual(
      watcher.transcript.edges.map(seqOf).filter((seq) => seq > seqOf(stalled[0]!)),
    );
    expect(textOf(watcher.transcript.edges).length).toBeGreaterThan(2 * MEGABYTES * 1_000_000);
    await expectNextSend(fleet.model, node.client, conversationId);
    expect(watcher.breaks()).toBe(0);
    expect(watcher.transcript.edges.some(({ runId }) => runId === run.id)).toBe(true);
    expect(await probeQuiet(fleet.database.db, [watcher.transcript, again.transcript])).toEqual([]);

    function cursorOf(index: number): string {
      return watcher.transcript.edges.at(index)!.cursor;
    }

    /** In pieces, each after the subscriber that reads has seen the last. */
    async function say(megabytes: number) {
      for (let said = 0; said < megabytes; said++) {
        for (let piece = 0; piece < 2 ** 20 / PIECE.length; piece++) call.says(PIECE);
        const end = `<${++marks}>`;
        call.says(end);
        await watcher.sees(({ node }) => node.__typename === 'AssistantTextDelta' && node.delta.endsWith(end));
      }
    }
  },
);
