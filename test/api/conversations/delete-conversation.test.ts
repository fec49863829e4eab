import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { CONVERSATION_EVENTS } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, history, newConversation, readRun, send } from '../../harness/talk.ts';
import { UPDATE, READ, LIST } from '../../harness/conversations.ts';

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
