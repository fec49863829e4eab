import { PGlite } from '@electric-sql/pglite';
import { subscribe } from 'graphql';
import pg from 'pg';
import { expect, inject, test, vi } from 'vitest';
import type { Context } from '../../../src/schema/context.ts';
import { schema } from '../../../src/schema/index.ts';
import { createLoaders } from '../../../src/schema/loaders.ts';
import { graphql } from '../../graphql/index.ts';
import { closeEmptied } from '../../harness/database.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import { changeWithoutHint, CONVERSATION_UPDATES, mark, openSidebar, summarize } from '../../harness/sidebar.ts';
import {
  eventsUntil,
  firstConversation,
  history,
  isEnd,
  newConversation,
  runEvents,
  send,
} from '../../harness/talk.ts';
import { newAgent } from '../../harness/conversation-updates.ts';

const UPDATES_WITH_CURSOR = graphql(`
  subscription UpdatesWithCursor {
    conversationUpdates {
      ... on ConversationChanged {
        conversation {
          id
          eventCursor
          messages(first: 200) {
            nodes {
              id
            }
          }
        }
      }
    }
  }
`);

/** As if it had been changed that long ago, and nobody been told. */
function changeInThePast({ deps: { db } }: TestServer, id: string, secondsAgo: number, summary: string) {
  return db.$transaction(async (tx) => {
    await changeWithoutHint(tx, id, summary);
    await tx.$executeRaw`
      UPDATE "ConversationHead" SET "changedAt" = clock_timestamp() - ${secondsAgo}::int * interval '1 second'
      WHERE "conversationId" = ${id}`;
  });
}

/** Every statement that the drivers of databases opened from now on are given; grows. */
function spyOnStatements(): Disposable & { texts: string[] } {
  const texts: string[] = [];
  const driver = (inject('backend').databaseUrl ? pg.Client : PGlite).prototype as {
    query(...args: unknown[]): unknown;
  };
  const { query } = driver;
  const spy = vi.spyOn(driver, 'query').mockImplementation(function (this: unknown, ...args) {
    const [first] = args as [string | { text: string }];
    texts.push(typeof first === 'string' ? first : first.text);
    return query.apply(this, args);
  });
  return { texts, [Symbol.dispose]: () => spy.mockRestore() };
}

/** Not the worker's, nor a poll's, which come by the clock. */
const isOfRequest = (text: string) => /"public"\."|'page' AS part/.test(text);

test('what is new or changed is announced at once, not by a poll', async () => {
  await using server = await startTestServer();
  const id = await firstConversation(server);
  await using sidebar = await openSidebar(server.url);
  await mark(server, sidebar, id, 'open');
  const works = [
    async () => sidebar.shows(await newConversation(server), {}),
    async () => sidebar.shows((await newAgent(server)).defaultConversation.id, {}),
    async (index: number) => mark(server, sidebar, id, `changed ${index}`),
  ];
  for (const work of works) {
    const begun = performance.now();
    for (const index of [1, 2, 3, 4, 5]) await work(index);
    // Five polls in a row take four seconds at least.
    expect(performance.now() - begun).toBeLessThan(3000);
  }
});

test('a change without a hint is announced by the next poll, and none is announced again', async () => {
  await using server = await startTestServer();
  const [id, other] = [await firstConversation(server), await newConversation(server)];
  await using sidebar = await openSidebar(server.url);
  await mark(server, sidebar, id, 'announced');
  for (const summary of ['first poll', 'second poll', 'third poll']) {
    await changeWithoutHint(server.deps.db, other, summary);
    await sidebar.shows(other, { summary });
  }
  const summaries = sidebar.updates.map((update) => typeof update === 'object' && update.summary);
  expect(summaries.filter((summary) => summary !== null)).toEqual([
    'announced',
    'first poll',
    'second poll',
    'third poll',
  ]);
});

test('the first to subscribe is not told of what was long over', async () => {
  await using server = await startTestServer();
  const [long, shortly] = [await firstConversation(server), await newConversation(server)];
  await changeInThePast(server, long, 10, 'long ago');
  await changeWithoutHint(server.deps.db, shortly, 'just now');
  await using sidebar = await openSidebar(server.url);
  await sidebar.shows(shortly, { summary: 'just now' });
  await mark(server, sidebar, shortly, 'now');
  expect(JSON.stringify(sidebar.updates)).not.toContain(long);
});

test('those who are connected are told of a change that was committed long after it was made', async () => {
  await using server = await startTestServer();
  const [late, other] = [await firstConversation(server), await newConversation(server)];
  await changeInThePast(server, late, 60, 'before');
  await using sidebar = await openSidebar(server.url);
  await mark(server, sidebar, other, 'open');
  await changeInThePast(server, late, 20, 'late');
  await sidebar.shows(late, { summary: 'late' });
});

test('a change costs the same, whether one watches or twenty', async () => {
  await closeEmptied();
  using statements = spyOnStatements();
  await using server = await startOwnServer();
  await using stack = new AsyncDisposableStack();
  const id = await firstConversation(server);
  await send(server, { conversationId: id, text: 'Hi', wait: true });
  const watch = async () => stack.use(await openSidebar(server.url));
  const sidebars = [await watch()];

  const costOf = async (summary: string) => {
    const before = statements.texts.length;
    await summarize(server, id, summary);
    for (const sidebar of sidebars) await sidebar.shows(id, { summary });
    return statements.texts.slice(before).filter(isOfRequest).length;
  };
  await costOf('open');
  const ofOne = await costOf('one watches');
  for (let index = 1; index < 20; index++) sidebars.push(await watch());
  await costOf('all are open');
  expect(await costOf('twenty watch')).toBe(ofOne);
  expect(ofOne).toBeGreaterThan(3);
});

test('from the eventCursor of an update, no event is missed', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.tokens(20, { delayMs: 5 });
  const run = await send(server, { conversationId, text: 'Hi' });
  const seen: { cursor: string; messages: string[] }[] = [];
  for await (const { conversationUpdates: update } of server.subscribe(UPDATES_WITH_CURSOR, {})) {
    if (!('conversation' in update) || update.conversation.id !== conversationId) continue;
    const { eventCursor, messages } = update.conversation;
    seen.push({ cursor: eventCursor, messages: messages.nodes.map(({ id }) => id) });
    if (messages.nodes.length === 3) break; // system, user, assistant
  }
  await runEvents(server, run.id);
  const all = (await history(server, conversationId)).messages.nodes.map(({ id }) => id);
  expect(all).toHaveLength(3);
  for (const { cursor, messages } of seen) {
    await send(server, { conversationId, text: 'Again', onBusy: 'ENQUEUE' });
    const edges = await eventsUntil(server, { conversationId, after: cursor }, isEnd);
    const added = edges.flatMap(({ node }) => (node.__typename === 'MessageAdded' ? [node.message.id] : []));
    expect([...messages, ...added]).toEqual(expect.arrayContaining(all));
  }
});

test('who does not read gets each conversation once, in its latest state, and delays nobody', async () => {
  await using server = await startTestServer();
  const { deps, viewer } = server;
  const contextValue: Context = { deps, viewer, loaders: createLoaders(deps) };
  const slow = await subscribe({ schema, document: CONVERSATION_UPDATES, contextValue });
  if (!(Symbol.asyncIterator in slow)) return expect.fail(JSON.stringify(slow));
  await using quick = await openSidebar(server.url);
  const [one, other] = [await firstConversation(server), await newConversation(server)];
  const next = async () => (await slow.next()).value?.data?.['conversationUpdates'];
  const first = await next();
  for (let index = 0; index < 5; index++) {
    await mark(server, quick, one, `One ${index}`);
    await mark(server, quick, other, `Other ${index}`);
  }
  const updates = [await next(), await next()].map((update) => (update as { conversation: object }).conversation);
  expect(first).toMatchObject({ __typename: 'ConversationChanged' });
  expect(updates).toHaveLength(2);
  expect(updates).toContainEqual(expect.objectContaining({ id: one, summary: 'One 4' }));
  expect(updates).toContainEqual(expect.objectContaining({ id: other, summary: 'Other 4' }));
  const afterwards = next();
  await mark(server, quick, one, 'Last');
  expect(await afterwards).toMatchObject({ conversation: { id: one, summary: 'Last' } });
  await slow.return(undefined);
});
