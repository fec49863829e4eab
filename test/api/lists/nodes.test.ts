import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { newId } from '../../../src/ids.ts';
import { RUN } from '../../harness/documents.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, history, newConversation, readRun, send } from '../../harness/talk.ts';

const NODES = graphql(`
  query Nodes($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      id
    }
  }
`);

const NODE = graphql(`
  query Node($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Conversation {
        eventCursor
        messages {
          totalCount
        }
      }
    }
  }
`);

/** Another organization's conversation, with a run and its messages. */
async function foreignIds(server: TestServer): Promise<string[]> {
  const { db } = server.deps;
  const conversationId = await newConversation(server);
  const run = await send(server, { conversationId, text: 'secret', wait: true });
  const organizationId = newId('Organization');
  await db.organization.create({ data: { id: organizationId, name: 'Other' } });
  const { agentId } = await db.conversation.findUniqueOrThrow({ where: { id: conversationId } });
  const agent = await db.agent.create({
    data: { id: newId('Agent'), organizationId, name: 'Other', system: '', model: 'openai/test', contextWindow: 1000 },
  });
  expect(agent.id).not.toBe(agentId);
  await db.conversation.update({ where: { id: conversationId }, data: { organizationId, agentId: agent.id } });
  await db.run.updateMany({ where: { conversationId }, data: { organizationId, agentId: agent.id } });
  await db.step.updateMany({ where: { runId: run.id }, data: { organizationId } });
  await db.message.updateMany({ where: { conversationId }, data: { organizationId } });
  const messages = await db.message.findMany({ where: { conversationId } });
  const steps = await db.step.findMany({ where: { runId: run.id } });
  return [agent.id, conversationId, run.id, ...steps.map(({ id }) => id), ...messages.map(({ id }) => id)];
}

test('nodes keeps the positions, and gives null for what is missing, malformed or another tenant’s', async () => {
  await using server = await startTestServer();
  const foreign = await foreignIds(server);
  const conversationId = await firstConversation(server);
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  const { messages } = await history(server, conversationId);
  const { steps } = await readRun(server, run.id);
  const [system, user, assistant] = messages.nodes;
  const own = [assistant?.id, conversationId, run.id, user?.id, steps[0]?.id, system?.id] as string[];
  const missing = [newId('Message'), newId('Run'), 'message-x', '', 'nobody-0197a2b4-7c11-7000-8000-000000000000'];
  const ids = [...missing, own[0]!, ...foreign, ...own.slice(1), own[0]!];
  const { nodes } = await server.execute(NODES, { ids });
  expect(nodes.map((node) => node?.id ?? null)).toEqual(ids.map((id) => (own.includes(id) ? id : null)));
  expect(nodes.filter((node) => node !== null).map(({ __typename }) => __typename)).toEqual([
    'AssistantMessage',
    'Conversation',
    'Run',
    'UserMessage',
    'Step',
    'SystemMessage',
    'AssistantMessage',
  ]);
});

test('a foreign id is the same as a missing one everywhere', async () => {
  await using server = await startTestServer();
  const [agentId, conversationId, runId] = (await foreignIds(server)) as [string, string, string];
  for (const id of [agentId, conversationId, runId]) expect((await server.execute(NODE, { id })).node).toBeNull();
  expect((await server.execute(RUN, { runId })).run).toBeNull();
  const mutations = [
    `sendMessage(input: { conversationId: "${conversationId}", text: "x" })`,
    `sendMessage(input: { conversationId: "${agentId}", text: "x" })`,
    `cancelRun(input: { runId: "${runId}" })`,
    `createConversation(input: { agentId: "${agentId}" })`,
    `updateConversation(input: { id: "${conversationId}", summary: "x" })`,
    `deleteConversation(input: { id: "${conversationId}" })`,
    `updateAgent(input: { id: "${agentId}", name: "x" })`,
    `deleteAgent(input: { id: "${agentId}" })`,
  ];
  for (const mutation of mutations) {
    const { data } = await server.request<{ it: { __typename: string } }, object>(
      `mutation { it: ${mutation} { __typename } }`,
      {},
    );
    expect(data?.it.__typename, mutation).toBe('NotFoundError');
  }
  const lists = await server.request(
    '{ agents { nodes { id } } conversations { nodes { id } } runs { nodes { id } } }',
    {},
  );
  for (const id of [agentId, conversationId, runId]) expect(JSON.stringify(lists.data)).not.toContain(id);
});

test('the cursor that is read with a conversation is its own through node as well', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await send(server, { conversationId, text: 'Hi', wait: true });
  const { node } = await server.execute(NODE, { id: conversationId });
  const { eventCursor } = await history(server, conversationId);
  expect(node).toMatchObject({ __typename: 'Conversation', eventCursor, messages: { totalCount: 3 } });
});
