import { expect, inject, test } from 'vitest';
import { onServer } from '../harness/global-setup.ts';
import { createRedisServer } from '../harness/redis-server.ts';
import { type OwnServer, startOwnServer } from '../harness/server.ts';
import {
  changeWithoutHint,
  eventually,
  mark,
  openSidebar,
  readItems,
  summarize,
  type Sidebar,
} from '../harness/sidebar.ts';
import { firstConversation, newConversation, send } from '../harness/talk.ts';
import { expectNextSend } from './next-send.ts';

/** A poll, with some time for a busy machine. */
const POLL_MS = 1000 + 500;
/** Only hints are that fast: five polls in a row take four seconds at least. */
const FIVE_HINTS_MS = 3000;

async function delayOf(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Five changes on one node, each shown by a list on another before the next is made. */
async function markFiveTimes(server: OwnServer, sidebar: Sidebar, id: string) {
  for (const index of [1, 2, 3, 4, 5]) await mark(server, sidebar, id, `change ${index}`);
}

test.runIf(inject('redisUrl'))('a list on another node is told through Redis at once', async () => {
  await using server = await startOwnServer();
  await using other = await server.startNode();
  const id = await firstConversation(server);
  await using sidebar = await openSidebar(other.url);
  await mark(server, sidebar, id, 'open');
  expect(await delayOf(() => markFiveTimes(server, sidebar, id))).toBeLessThan(FIVE_HINTS_MS);
});

test('a Redis that goes away costs a list a second, and no update', async () => {
  await using redis = await createRedisServer();
  await redis.start();
  const environment = { REDIS_URL: redis.url };
  await using server = await startOwnServer(environment);
  await using other = await server.startNode(environment);
  const id = await firstConversation(server);
  await using sidebar = await openSidebar(other.url);
  await mark(server, sidebar, id, 'open');
  await redis.kill();
  for (const index of [1, 2, 3])
    expect(await delayOf(() => mark(server, sidebar, id, `lost ${index}`))).toBeLessThan(POLL_MS);
  await expectNextSend(server.model, server, id);
});

test('lists on two nodes without Redis are the list', async () => {
  await using redis = await createRedisServer(); // which nobody starts
  const environment = { REDIS_URL: redis.url };
  await using server = await startOwnServer(environment);
  await using other = await server.startNode(environment);
  await using one = await openSidebar(server.url);
  await using two = await openSidebar(other.url);
  const nodes = [server, other];
  for (let index = 0; index < 10; index++) {
    server.model.tokens(3);
    server.model.answers({ status: 400 });
  }
  await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      const id = await newConversation(nodes[index % 2]!);
      await send(nodes[(index + 1) % 2]!, { conversationId: id, text: 'Hi', wait: true });
    }),
  );
  const truth = await readItems(server);
  expect(truth).toHaveLength(11);
  for (const sidebar of [one, two]) await eventually(() => expect(sidebar.items()).toEqual(truth));
});

test('a change that is committed long after it was made is announced', async () => {
  await using server = await startOwnServer();
  const { db } = server.deps;
  const [id, other] = [await firstConversation(server), await newConversation(server)];
  await using sidebar = await openSidebar(server.url);
  await mark(server, sidebar, id, 'open');
  await db.$transaction(async (tx) => {
    await changeWithoutHint(tx, id, 'late');
    // Two polls pass.
    for (const summary of ['one', 'two']) {
      await changeWithoutHint(db, other, summary);
      await sidebar.shows(other, { summary });
    }
  });
  await sidebar.shows(id, { summary: 'late' });
});

test('connections to the database that are lost cost a list no update', async () => {
  await using server = await startOwnServer();
  await using other = await server.startNode();
  const id = await firstConversation(server);
  await using sidebar = await openSidebar(other.url);
  await mark(server, sidebar, id, 'open');
  for (const index of [1, 2, 3]) {
    await onServer(
      server.database.url ?? '',
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'parley' AND datname = current_database()",
    );
    // Refused, it may be sent again.
    await eventually(() => summarize(server, id, `lost ${index}`));
    await sidebar.shows(id, { summary: `lost ${index}` });
  }
  await expectNextSend(server.model, server, id);
});
