import { expect, test } from 'vitest';
import { FIRST_AGENT } from '../../harness/documents.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, history, newConversation, send } from '../../harness/talk.ts';
import { createEnvironment } from '../../relay/environment.ts';
import { idsOf, openAgentRuns, openConversationList, openHistory } from '../../relay/screens.ts';

/** The last one answered first, then those without an answer, the newest id first. */
async function conversations(server: TestServer, counts: { answered: number; silent: number }): Promise<string[]> {
  const silent = [await firstConversation(server)];
  while (silent.length < counts.silent) silent.push(await newConversation(server));
  const answered: string[] = [];
  while (answered.length < counts.answered) {
    const conversationId = await newConversation(server);
    await send(server, { conversationId, text: 'Hi', wait: true });
    answered.unshift(conversationId);
  }
  return [...answered, ...silent.toSorted().toReversed()];
}

test('conversations by last completion page through Relay’s store: each once, in order, those without one last', async () => {
  await using server = await startTestServer();
  const expected = await conversations(server, { answered: 5, silent: 4 });
  const sent: string[] = [];
  const list = await openConversationList(createEnvironment(server, sent), { count: 4 });
  expect(idsOf(list.read())).toEqual(expected.slice(0, 4));
  while (list.read().pageInfo.hasNextPage) await list.loadNext();
  expect(idsOf(list.read())).toEqual(expected);
  expect(sent).toEqual(['ConversationListQuery', 'ConversationListPaginationQuery', 'ConversationListPaginationQuery']);
});

test('each filter of the conversations is a connection of its own in Relay’s store', async () => {
  await using server = await startTestServer();
  const expected = await conversations(server, { answered: 1, silent: 1 });
  const environment = createEnvironment(server);
  const all = await openConversationList(environment, { count: 4 });
  const busy = await openConversationList(environment, { count: 4, filter: { statuses: ['RUNNING'] } });
  expect(idsOf(all.read())).toEqual(expected);
  expect(idsOf(busy.read())).toEqual([]);
  expect(busy.read().pageInfo).toEqual({ hasNextPage: false, endCursor: null });
});

test('messages page backwards through Relay’s store: each once, in order, up to the system prompt', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  for (let index = 0; index < 4; index++) await send(server, { conversationId, text: `${index}`, wait: true });
  const expected = (await history(server, conversationId)).messages.nodes.map(({ id }) => id);
  expect(expected).toHaveLength(9);
  const sent: string[] = [];
  const messages = await openHistory(createEnvironment(server, sent), { conversationId, count: 3 });
  expect(idsOf(messages.read())).toEqual(expected.slice(-3));
  while (messages.read().pageInfo.hasPreviousPage) await messages.loadPrevious();
  expect(idsOf(messages.read())).toEqual(expected);
  expect(sent).toHaveLength(3);
});

test('the runs of an agent page through Relay’s store, refetched by node(id): each once, the last ended first', async () => {
  await using server = await startTestServer();
  const { agents } = await server.execute(FIRST_AGENT, {});
  const agentId = agents.nodes[0]?.id ?? '';
  const runs: string[] = [];
  for (let index = 0; index < 5; index++) {
    const conversationId = await newConversation(server);
    runs.unshift((await send(server, { conversationId, text: 'Hi', wait: true })).id);
  }
  const sent: string[] = [];
  const list = await openAgentRuns(createEnvironment(server, sent), { agentId, count: 2 });
  while (list.read().pageInfo.hasNextPage) await list.loadNext();
  expect(idsOf(list.read())).toEqual(runs);
  expect(sent).toEqual(['AgentRunsQuery', 'AgentRunsPaginationQuery', 'AgentRunsPaginationQuery']);
});
