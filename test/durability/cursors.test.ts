import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seqOf } from '../harness/check-transcript.ts';
import { GraphQLErrors, type TestClient } from '../harness/client.ts';
import { CONVERSATION_EVENTS, RUN_EVENTS } from '../harness/documents.ts';
import { readEventStream } from '../harness/event-stream.ts';
import { startOwnServer } from '../harness/server.ts';
import { firstConversation, newConversation, runEvents, send, type Edge } from '../harness/talk.ts';
import { expectNextSend } from './next-send.ts';
import { rounds, SEED, timeout } from './rounds.ts';

describe('a subscription', () => {
  test(
    'left after any event goes on with exactly the rest, over WebSocket and server-sent events, on any node',
    {
      timeout: timeout(40),
    },
    async () => {
      await using stack = new AsyncDisposableStack();
      const server = stack.use(await startOwnServer());
      const other = server.database.url ? stack.use(await server.startNode()) : server;
      const conversationId = await firstConversation(server);
      for (let round = 1; round <= rounds(1); round++) {
        server.model.answers({ reasoning: 'Let me see. ' }, { toolCall: { name: 'unknown', arguments: {} } });
        server.model.tokens(12, { delayMs: 5 });
        const run = await send(server, { conversationId, text: 'Hi' });
        const whole = await runEvents(other, run.id);
        expect(whole.length).toBeGreaterThan(10);
        for (const [index, { cursor }] of whole.entries()) {
          const rest = whole.slice(index + 1);
          for (const { url } of [server, other]) {
            const streamed = await readEventStream(url, RUN_EVENTS, { runId: run.id, after: cursor });
            expect(streamed.map((data) => data.runEvents)).toEqual(rest);
          }
          for (const client of [server, other]) expect(await runEvents(client, run.id, cursor)).toEqual(rest);
        }
        await expectNextSend(server.model, server, conversationId);
      }
    },
  );

  test(
    `from any text that is no cursor of its own is refused as INVALID_CURSOR (FAULT_SEED=${SEED})`,
    {
      timeout: timeout(40),
    },
    async () => {
      await using server = await startOwnServer();
      const conversationId = await firstConversation(server);
      const run = await send(server, { conversationId, text: 'Hi', wait: true });
      const whole = await runEvents(server, run.id);
      const foreignId = await newConversation(server);
      await send(server, { conversationId: foreignId, text: 'Hi', wait: true });
      const last = seqOf(whole.at(-1)!);
      const own = new Map(whole.map((edge, index) => [edge.cursor, whole.slice(index + 1)]));
      own.set(cursor(conversationId, 0), whole);
      own.set(cursor(conversationId, 1), whole.slice(seqOf(whole[0]!) === 1 ? 1 : 0));
      const numbers = fc.oneof(fc.integer({ min: last + 1 }), fc.integer({ max: -1 }), fc.double(), fc.bigInt());
      const texts = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.base64String(),
        fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
        numbers.map((seq) => cursor(conversationId, seq)),
        fc.integer({ min: 0, max: last }).map((seq) => cursor(foreignId, seq)),
        fc.constantFrom('v2', 'null', '').map((prefix) => cursor(`${prefix}:${conversationId}`, 1)),
        fc
          .tuple(fc.constantFrom(...whole), fc.nat(), fc.string({ minLength: 1, maxLength: 2 }))
          .map(([edge, at, text]) => {
            const place = at % edge.cursor.length;
            return edge.cursor.slice(0, place) + text + edge.cursor.slice(place + 1);
          }),
      );
      await fc.assert(
        fc.asyncProperty(texts, async (after) => {
          expect(await answerTo(server, run.id, after), JSON.stringify(after)).toEqual(
            own.get(after) ?? 'INVALID_CURSOR',
          );
          if (own.has(after)) return;
          const following = server.subscribe(CONVERSATION_EVENTS, { conversationId, after }).next();
          expect(await following.catch(codeOf), JSON.stringify(after)).toBe('INVALID_CURSOR');
        }),
        { numRuns: rounds(150), seed: SEED },
      );
      expect(server.logged.lines.filter(({ level }) => Number(level) >= 40)).toEqual([]);
      await expectNextSend(server.model, server, conversationId);
    },
  );
});

const cursor = (id: string, seq: number | bigint) => Buffer.from(`${id}:${seq}`).toString('base64url');

async function answerTo(client: TestClient, runId: string, after: string): Promise<Edge[] | unknown> {
  return runEvents(client, runId, after).catch(codeOf);
}

function codeOf(error: unknown): unknown {
  if (!(error instanceof GraphQLErrors)) throw error;
  return error.errors[0]?.extensions?.['code'];
}
