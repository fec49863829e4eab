import { PGlite } from '@electric-sql/pglite';
import { subscribe } from 'graphql';
import pg from 'pg';
import { expect, inject, test, vi } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { Context } from '../../../src/schema/context.ts';
import { schema } from '../../../src/schema/index.ts';
import { createLoaders } from '../../../src/schema/loaders.ts';
import { graphql } from '../../graphql/index.ts';
import { GraphQLErrors } from '../../harness/client.ts';
import { CANCEL } from '../../harness/documents.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import {
  changeWithoutHint,
  CONVERSATION_UPDATES,
  eventually,
  mark,
  openSidebar,
  readItems,
  summarize,
} from '../../harness/sidebar.ts';
import {
  eventsUntil,
  firstConversation,
  history,
  isEnd,
  newConversation,
  runEvents,
  send,
} from '../../harness/talk.ts';

const REMOVE = graphql(`
  mutation Remove($id: ID!) {
    deleteConversation(input: { id: $id }) {
      __typename
    }
  }
`);

const NEW_AGENT = graphql(`
  mutation NewAgent {
    createAgent(input: { name: "Another" }) {
      ... on CreateAgentPayload {
        agent {
          id
          defaultConversation {
            id
          }
        }
      }
    }
  }
`);

const REMOVE_AGENT = graphql(`
  mutation RemoveAgent($id: ID!) {
    deleteAgent(input: { id: $id }) {
      __typename
    }
  }
`);

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

async function newAgent(server: TestServer) {
  const { createAgent } = await server.execute(NEW_AGENT, {});
  return 'agent' in createAgent ? createAgent.agent : expect.fail('no agent');
}

test('a conversation that is new, gets a message, runs, ends, fails, is changed or is deleted is announced as it then is', async () => {
  await using server = await startTestServer();
  await using sidebar = await openSidebar(server.url);
  server.model.holdCalls();
  const id = await newConversation(server);
  await sidebar.shows(id, { status: 'IDLE', summary: null, lastRun: null, lastMessage: null });

  const run = await send(server, { conversationId: id, text: 'Hi' });
  await sidebar.shows(id, {
    status: 'RUNNING',
    lastRun: { id: run.id, status: 'RUNNING' },
    lastMessage: { __typename: 'UserMessage' },
  });
  const call = await server.model.nextCall();
  call.says('Hello');
  call.stops();
  await sidebar.shows(id, {
    status: 'IDLE',
    lastRun: { id: run.id, status: 'COMPLETED' },
    lastMessage: { __typename: 'AssistantMessage' },
  });

  server.model.answers({ status: 400 });
  const bad = await send(server, { conversationId: id, text: 'Again' });
  await sidebar.shows(id, { status: 'IDLE', lastRun: { id: bad.id, status: 'FAILED' } });

  await summarize(server, id, 'Greetings');
  await sidebar.shows(id, { summary: 'Greetings', lastRun: { id: bad.id } });

  await server.execute(REMOVE, { id });
  await sidebar.loses(id);
  expect(sidebar.items().map((item) => item.id)).not.toContain(id);
});

test('a run that has to wait, and its cancellation, are announced', async () => {
  await using server = await startTestServer();
  await using sidebar = await openSidebar(server.url);
  const id = await firstConversation(server);
  server.model.holdCalls();
  const first = await send(server, { conversationId: id, text: 'Hi' });
  await sidebar.shows(id, { status: 'RUNNING', lastRun: { id: first.id } });
  const second = await send(server, { conversationId: id, text: 'And then', onBusy: 'ENQUEUE' });
  await sidebar.shows(id, { status: 'RUNNING', lastRun: { id: second.id, status: 'QUEUED' } });
  await server.execute(CANCEL, { runId: second.id });
  await sidebar.shows(id, { status: 'RUNNING', lastRun: { id: second.id, status: 'CANCELLED' } });
  (await server.model.nextCall()).stops();
});

test('an agent brings its default conversation, and takes all of its conversations with it', async () => {
  await using server = await startTestServer();
  await using sidebar = await openSidebar(server.url);
  const agent = await newAgent(server);
  await sidebar.shows(agent.defaultConversation.id, { status: 'IDLE' });
  await server.execute(REMOVE_AGENT, { id: agent.id });
  await sidebar.loses(agent.defaultConversation.id);
});

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

/** As if it had been changed that long ago, and nobody been told. */
function changeInThePast({ deps: { db } }: TestServer, id: string, secondsAgo: number, summary: string) {
  return db.$transaction(async (tx) => {
    await changeWithoutHint(tx, id, summary);
    await tx.$executeRaw`
      UPDATE "ConversationHead" SET "changedAt" = clock_timestamp() - ${secondsAgo}::int * interval '1 second'
      WHERE "conversationId" = ${id}`;
  });
}

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

test('lists that are kept by updates alone are the list, whatever happens to twenty conversations', async () => {
  await using server = await startTestServer();
  await using one = await openSidebar(server.url);
  const ids = await Promise.all(Array.from({ length: 20 }, () => newConversation(server)));
  for (let index = 0; index < 20; index++) {
    server.model.tokens(5, { delayMs: 5 });
    server.model.answers({ status: 400 });
  }
  const playing = Promise.all(
    ids.map(async (id, index) => {
      const first = await send(server, { conversationId: id, text: 'One', wait: index % 2 === 0 });
      if (index % 5 === 1) await server.execute(CANCEL, { runId: first.id });
      if (index % 3 === 0) await summarize(server, id, `Conversation ${index}`);
      if (index % 4 === 3) await server.execute(REMOVE, { id });
      else await send(server, { conversationId: id, text: 'Two', onBusy: index % 2 ? 'ENQUEUE' : 'INTERRUPT' });
      if (index % 7 === 0) await newConversation(server);
    }),
  );
  // In the middle of it all.
  await using two = await openSidebar(server.url);
  await playing;
  await eventually(async () =>
    expect((await readItems(server)).map(({ status }) => status)).toEqual(Array(19).fill('IDLE')),
  );
  const truth = await readItems(server);
  expect(new Set(truth.map(({ lastRun }) => lastRun?.status))).toEqual(new Set(['COMPLETED', 'FAILED', undefined]));
  for (const sidebar of [one, two]) await eventually(() => expect(sidebar.items()).toEqual(truth));
});

test('with an agent, only its conversations are announced', async () => {
  await using server = await startTestServer();
  const other = await firstConversation(server);
  const agent = await newAgent(server);
  await using sidebar = await openSidebar(server.url, { agentId: agent.id });
  await summarize(server, other, 'not meant');
  await mark(server, sidebar, agent.defaultConversation.id, 'meant');
  expect(JSON.stringify(sidebar.updates)).not.toContain(other);
});

test('an agent that is missing or another tenant’s is NOT_FOUND', async () => {
  await using server = await startTestServer();
  const { organizationId } = await startOther(server);
  const foreign = await server.deps.db.agent.findFirstOrThrow({ where: { organizationId } });
  for (const agentId of [newId('Agent'), foreign.id, await firstConversation(server)]) {
    const refused = await server
      .subscribe(CONVERSATION_UPDATES, { agentId })
      .next()
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(GraphQLErrors);
    expect((refused as GraphQLErrors).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  }
});

/** Another organization with one conversation. */
async function startOther({ deps: { db } }: TestServer) {
  const { id: organizationId } = await db.organization.create({ data: { id: newId('Organization'), name: 'Other' } });
  const agent = await db.agent.create({
    data: { id: newId('Agent'), organizationId, name: 'Other', system: '', model: 'openai/test', contextWindow: 1000 },
  });
  const { id: conversationId } = await db.conversation.create({
    data: { id: newId('Conversation'), organizationId, agentId: agent.id },
  });
  await db.conversationHead.create({ data: { organizationId, conversationId } });
  return { organizationId, conversationId };
}

test('another organization’s changes never arrive, whatever a hint says', async () => {
  await using server = await startTestServer();
  const own = await firstConversation(server);
  const { organizationId: ownId } = await server.deps.db.conversation.findUniqueOrThrow({ where: { id: own } });
  const { organizationId, conversationId } = await startOther(server);
  await using sidebar = await openSidebar(server.url);
  await mark(server, sidebar, own, 'open');
  const hint = { conversationId, events: [], isRunReady: false };
  server.deps.wakeups.publish({ organizationId, ...hint });
  server.deps.wakeups.publish({ organizationId: ownId, ...hint });
  await mark(server, sidebar, own, 'after');
  expect(JSON.stringify(sidebar.updates)).not.toContain(conversationId);
  // It can be told of: its own organization is.
  await changeWithoutHint(server.deps.db, conversationId, 'theirs');
  await using stack = new AsyncDisposableStack();
  const leave = stack.adopt(new AbortController(), (controller) => controller.abort());
  const theirs = server.deps.conversationFeed.follow({ organizationId }, leave.signal);
  expect((await theirs.next()).value).toMatchObject({ conversationId });
});

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

test('a change costs the same, whether one watches or twenty', async () => {
  using statements = spyOnStatements();
  await using server = await startTestServer();
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
