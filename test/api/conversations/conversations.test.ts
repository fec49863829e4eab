import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import { eventsUntil, history, newConversation, send } from '../../harness/talk.ts';
import { CREATE, READ, UPDATE, agentId } from '../../harness/conversations.ts';

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
