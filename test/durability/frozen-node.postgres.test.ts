import { describe, expect, test } from 'vitest';
import { isUnavailable } from '../../src/store/unavailable.ts';
import { startOwnServer } from '../harness/server.ts';
import { firstConversation, isEnd, readRun, send } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { expectNextSend } from './next-send.ts';

/** A transaction of the test stands in for that of the node: where it idles, the database ends it after 5 seconds. */
describe('a node that is frozen', () => {
  test.concurrent('with a conversation locked costs no run of it its answer', async () => {
    await using server = await startOwnServer();
    const conversationId = await firstConversation(server);
    await using watcher = await watch(server.url, conversationId);
    const next = server.model.nextCall();
    const run = await send(server, { conversationId, text: 'Hi' });
    const call = await next;
    call.says('Hello');
    await watcher.sees(({ node }) => node.__typename === 'AssistantTextDelta');
    await server.deps.db.$transaction(async (frozen) => {
      await frozen.$queryRaw`SELECT FROM "ConversationHead" WHERE "conversationId" = ${conversationId} FOR NO KEY UPDATE`;
      call.stops();
      await frozen.$queryRaw`SELECT pg_sleep(6.5)::text`; // half a second above the time-out of a lock
    });
    await watcher.sees(isEnd);
    expect(await readRun(server, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    await expectNextSend(server.model, server, conversationId);
  });

  test.concurrent(
    'with a conversation locked holds up a send for as long as the database bears with it, and fails none',
    async () => {
      await using server = await startOwnServer();
      const conversationId = await firstConversation(server);
      const frozen = server.deps.db.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT FROM "ConversationHead" WHERE "conversationId" = ${conversationId} FOR NO KEY UPDATE`;
        await send(server, { conversationId, text: 'Hi', wait: true });
        await tx.$queryRaw`SELECT`;
      });
      await expect(frozen).rejects.toThrow(/connection|terminat/i);
      await expectNextSend(server.model, server, conversationId);
    },
  );

  test.concurrent('past the end of its transaction does not take that for a mistake of its own', async () => {
    await using server = await startOwnServer();
    const late = server.deps.db.$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT pg_sleep(0.2)::text`;
        await tx.run.findMany();
      },
      { timeout: 100 },
    );
    expect(await late.catch(isUnavailable)).toBe(true);
  });
});
