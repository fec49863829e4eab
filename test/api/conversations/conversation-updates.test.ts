import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
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
import { firstConversation, newConversation, send } from '../../harness/talk.ts';
import { newAgent } from '../../harness/conversation-updates.ts';

const REMOVE = graphql(`
  mutation Remove($id: ID!) {
    deleteConversation(input: { id: $id }) {
      __typename
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
