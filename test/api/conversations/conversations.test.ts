import { expect, test } from 'vitest';
import type { ListConversationsQueryVariables } from '../../graphql/graphql.ts';
import { graphql } from '../../graphql/index.ts';
import { CONVERSATION_EVENTS } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, firstConversation, history, newConversation, readRun, send } from '../../harness/talk.ts';

const CREATE = graphql(`
  mutation CreateConversation($input: CreateConversationInput!) {
    createConversation(input: $input) {
      __typename
      ... on CreateConversationPayload {
        conversation {
          ...ConversationFields
        }
      }
      ... on Error {
        code
        message
      }
      ... on InvalidInputError {
        issues {
          path
        }
      }
    }
  }

  fragment ConversationFields on Conversation {
    id
    isDefault
    summary
    model
    modelSettings {
      temperature
    }
    status
    lastRunCompletion
    lastMessageAt
    lastActivityAt
    createdAt
    agent {
      id
    }
    isolatedBlocks {
      id
      label
      value
    }
    contextMessages {
      __typename
    }
  }
`);

const UPDATE = graphql(`
  mutation UpdateConversation($input: UpdateConversationInput!) {
    updateConversation(input: $input) {
      __typename
      ... on UpdateConversationPayload {
        conversation {
          ...ConversationFields
        }
      }
      ... on Error {
        code
      }
    }
  }
`);

const DELETE = graphql(`
  mutation DeleteConversation($id: ID!) {
    deleteConversation(input: { id: $id }) {
      __typename
      ... on DeleteConversationPayload {
        deletedId
      }
      ... on Error {
        code
        message
      }
    }
  }
`);

const READ = graphql(`
  query ReadConversation($id: ID!) {
    conversation(id: $id) {
      ...ConversationFields
    }
  }
`);

const LIST = graphql(`
  query ListConversations($first: Int, $after: String, $last: Int, $before: String) {
    conversations(first: $first, after: $after, last: $last, before: $before) {
      totalCount
      nodes {
        id
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);

async function agentId(server: TestServer): Promise<string> {
  const { conversation } = await server.execute(READ, { id: await firstConversation(server) });
  return conversation!.agent.id;
}

test('a new conversation has its summary, its model and one message: the system prompt', async () => {
  await using server = await startTestServer();
  const input = {
    agentId: await agentId(server),
    summary: 'Trip',
    model: 'other',
    modelSettings: { temperature: 0.2 },
  };
  const { createConversation } = await server.execute(CREATE, { input });
  const { conversation } = only(createConversation, 'CreateConversationPayload');
  expect(conversation).toMatchObject({
    id: expect.stringMatching(/^conv-/),
    isDefault: false,
    summary: 'Trip',
    model: 'openai/other',
    modelSettings: { temperature: 0.2 },
    status: 'IDLE',
    lastRunCompletion: null,
    lastMessageAt: null,
    agent: { id: input.agentId },
    isolatedBlocks: [],
    contextMessages: [{ __typename: 'SystemMessage' }],
  });
  expect(conversation.lastActivityAt).toBe(conversation.createdAt);
  expect((await server.execute(READ, { id: conversation.id })).conversation).toEqual(conversation);
  await send(server, { conversationId: conversation.id, text: 'Hi', wait: true });
  expect(server.model.requests[0]?.body).toMatchObject({ model: 'other', temperature: 0.2 });
  const after = (await server.execute(READ, { id: conversation.id })).conversation!;
  expect(after.lastActivityAt).toBe(after.lastRunCompletion);
  expect(after.contextMessages).toHaveLength(3);
});

test('a field that is left out stays, and null clears it', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  const update = async (input: {
    summary?: string | null;
    model?: string | null;
    modelSettings?: { temperature: number } | null;
  }) =>
    only((await server.execute(UPDATE, { input: { id, ...input } })).updateConversation, 'UpdateConversationPayload')
      .conversation;
  await update({ summary: 'A', model: 'other', modelSettings: { temperature: 1 } });
  expect(await update({ summary: 'B' })).toMatchObject({
    summary: 'B',
    model: 'openai/other',
    modelSettings: { temperature: 1 },
  });
  expect(await update({ summary: null, model: null, modelSettings: null })).toMatchObject({
    summary: null,
    model: null,
    modelSettings: null,
  });
});

test('a model that is empty or unknown is refused', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  for (const model of ['', 'nobody/x', 'openai/']) {
    const { updateConversation } = await server.execute(UPDATE, { input: { id, model } });
    expect(updateConversation.__typename).toBe('InvalidInputError');
  }
});

test('followers of a conversation are told of its changes', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  const { eventCursor: after } = await history(server, conversationId);
  const told = eventsUntil(server, { conversationId, after }, ({ node }) => node.__typename === 'ConversationUpdated');
  await server.execute(UPDATE, { input: { id: conversationId, summary: 'New' } });
  expect(await told).toHaveLength(1);
});

test('isolated blocks are copies that only this conversation uses', async () => {
  await using server = await startTestServer();
  const { createAgent } = await server.execute(CREATE_AGENT_WITH_BLOCKS, {});
  const { agent } = only(createAgent, 'CreateAgentPayload');
  const input = { agentId: agent.id, isolatedBlockLabels: ['human'] };
  const { conversation } = only(
    (await server.execute(CREATE, { input })).createConversation,
    'CreateConversationPayload',
  );
  expect(conversation.isolatedBlocks).toMatchObject([{ label: 'human', value: 'Ada' }]);
  expect(agent.blocks.map(({ id }) => id)).not.toContain(conversation.isolatedBlocks[0]?.id);

  // Blocks are not edited through the API yet.
  const copy = { where: { id: conversation.isolatedBlocks[0]?.id ?? '' }, data: { value: 'Grace' } };
  await server.deps.db.block.update(copy);
  for (const conversationId of [conversation.id, agent.id])
    await send(server, { conversationId, text: 'Hi', wait: true });
  const [isolated, shared] = server.model.requests.map(({ body }) => body.messages[0]?.content);
  expect(isolated).toContain('Grace');
  expect(isolated).not.toContain('Ada');
  expect(isolated).toContain('Kind');
  expect(shared).toContain('Ada');

  for (const isolatedBlockLabels of [['nobody'], ['human', 'human']]) {
    const refused = await server.execute(CREATE, { input: { ...input, isolatedBlockLabels } });
    expect(only(refused.createConversation, 'InvalidInputError').issues[0]?.path[0]).toBe('isolatedBlockLabels');
  }
  expect((await server.execute(LIST, {})).conversations.totalCount).toBe(3);
});

const CREATE_AGENT_WITH_BLOCKS = graphql(`
  mutation CreateAgentWithBlocks {
    createAgent(
      input: { name: "Blocks", blocks: [{ label: "human", value: "Ada" }, { label: "persona", value: "Kind" }] }
    ) {
      __typename
      ... on CreateAgentPayload {
        agent {
          id
          blocks {
            id
          }
        }
      }
    }
  }
`);

test('deleting ends the open run and the subscriptions, and hides the conversation everywhere', async () => {
  await using server = await startTestServer();
  const [conversationId, kept] = [await newConversation(server), await newConversation(server)];
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'Hi' });
  const call = await next;
  const events = server.subscribe(CONVERSATION_EVENTS, { conversationId });
  call.says('half');
  await events.next();
  const { deleteConversation } = await server.execute(DELETE, { id: conversationId });
  expect(only(deleteConversation, 'DeleteConversationPayload').deletedId).toBe(conversationId);
  await call.closed;
  const rest = (await Array.fromAsync(events)).map(({ conversationEvents }) => conversationEvents.node.__typename);
  expect(rest.slice(-3)).toEqual(['MessageAdded', 'RunFinished', 'ConversationDeleted']);

  expect((await server.execute(READ, { id: conversationId })).conversation).toBeNull();
  expect((await server.execute(LIST, {})).conversations.nodes.map(({ id }) => id)).not.toContain(conversationId);
  await expect(readRun(server, run.id)).rejects.toThrow('gone');
  expect((await server.execute(DELETE, { id: conversationId })).deleteConversation.__typename).toBe('NotFoundError');
  expect(
    (await server.execute(UPDATE, { input: { id: conversationId, summary: 'x' } })).updateConversation.__typename,
  ).toBe('NotFoundError');
  expect((await history(server, kept)).messages.nodes).toHaveLength(1);
});

test('the default conversation cannot be deleted', async () => {
  await using server = await startTestServer();
  const { deleteConversation } = await server.execute(DELETE, { id: await firstConversation(server) });
  expect(only(deleteConversation, 'InvalidInputError').message).toContain('default conversation');
});

test('a list pages forward and backward over the same rows, newest first', async () => {
  await using server = await startTestServer();
  const ids = [await firstConversation(server)];
  for (let index = 0; index < 6; index++) ids.unshift(await newConversation(server));
  const page = async (variables: ListConversationsQueryVariables) =>
    (await server.execute(LIST, variables)).conversations;
  const forward: string[] = [];
  for (let after: string | null = null; ;) {
    const conversations: Awaited<ReturnType<typeof page>> = await page({ first: 3, after });
    forward.push(...conversations.nodes.map(({ id }) => id));
    expect(conversations.pageInfo.hasPreviousPage).toBe(after !== null);
    if (!conversations.pageInfo.hasNextPage) break;
    after = conversations.pageInfo.endCursor;
  }
  expect(forward).toEqual(ids);
  const backward: string[] = [];
  for (let before: string | null = null; ;) {
    const conversations: Awaited<ReturnType<typeof page>> = await page({ last: 3, before });
    backward.unshift(...conversations.nodes.map(({ id }) => id));
    if (!conversations.pageInfo.hasPreviousPage) break;
    before = conversations.pageInfo.startCursor;
  }
  expect(backward).toEqual(ids);
});

test('page sizes and cursors that cannot be are refused', async () => {
  await using server = await startTestServer();
  for (const variables of [{ first: 0 }, { first: 201 }, { last: -1 }, { first: 1, last: 1 }]) {
    expect((await server.request(LIST, variables)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  }
  for (const after of ['', 'x', Buffer.from('["created","x","y"]').toString('base64url')]) {
    expect((await server.request(LIST, { after })).errors).toMatchObject([{ extensions: { code: 'INVALID_CURSOR' } }]);
  }
  const empty = await server.execute(LIST, { first: 200 });
  expect(empty.conversations.totalCount).toBe(1);
});

const TWO_IN_ONE = graphql(`
  mutation TwoInOne($id: ID!, $summary: String!, $text: String!) {
    updateConversation(input: { id: $id, summary: $summary }) {
      ... on UpdateConversationPayload {
        conversation {
          ...Latest
        }
      }
    }
    sendMessage(input: { conversationId: $id, text: $text, wait: true }) {
      __typename
      ... on SendMessagePayload {
        run {
          id
          conversation {
            ...Latest
          }
        }
      }
    }
  }

  fragment Latest on Conversation {
    eventCursor
    lastRun {
      id
      status
    }
    messages {
      totalCount
    }
  }
`);

test('the payload of each mutation of a document shows what that mutation did', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  const { sendMessage } = await server.execute(TWO_IN_ONE, { id, summary: 'Trip', text: 'Hi' });
  const { run } = only(sendMessage, 'SendMessagePayload');
  expect(run.conversation).toMatchObject({
    eventCursor: (await history(server, id)).eventCursor,
    lastRun: { id: run.id, status: 'COMPLETED' },
    messages: { totalCount: 3 },
  });
});
