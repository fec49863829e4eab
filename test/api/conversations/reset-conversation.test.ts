import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { graphql } from '../../graphql/index.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, history, newConversation, runEvents, send } from '../../harness/talk.ts';

const RESET = graphql(`
  mutation ResetConversation($conversationId: ID!) {
    resetConversation(input: { conversationId: $conversationId }) {
      __typename
      ... on ResetConversationPayload {
        conversation {
          id
          eventCursor
          contextMessages {
            __typename
            id
            ... on SystemMessage {
              text
            }
          }
          messages {
            nodes {
              id
              position
              inContext
            }
          }
        }
      }
      ... on Error {
        code
        message
      }
      ... on ConversationBusyError {
        run {
          id
        }
      }
      ... on PendingApprovalError {
        run {
          id
        }
      }
    }
  }
`);

const NEW_INSTRUCTIONS = graphql(`
  mutation NewInstructions($id: ID!, $system: String!) {
    updateAgent(input: { id: $id, system: $system }) {
      __typename
    }
  }
`);

async function reset(server: TestServer, conversationId: string) {
  return (await server.execute(RESET, { conversationId })).resetConversation;
}

async function agentOf(server: TestServer, conversationId: string) {
  return (await server.deps.db.conversation.findUniqueOrThrow({ where: { id: conversationId } })).agentId;
}

test('only the system prompt stays in the context, with its id, and the history stays whole', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  for (const text of ['one', 'two']) await send(server, { conversationId: id, text, wait: true });
  const before = await history(server, id);
  const { conversation } = only(await reset(server, id), 'ResetConversationPayload');
  const [prompt] = before.messages.nodes;
  expect(conversation.contextMessages).toMatchObject([{ id: prompt?.id, text: expect.stringContaining(id) }]);
  expect(conversation.messages.nodes).toEqual(
    before.messages.nodes.map((message, index) => ({
      id: message.id,
      position: index + 1,
      inContext: index === 0,
    })),
  );
  await send(server, { conversationId: id, text: 'three', wait: true });
  const asked = server.model.requests.at(-1)?.body.messages.map(({ role, content }) => [role, content]);
  expect(asked).toEqual([
    ['system', expect.any(String)],
    ['user', 'three'],
  ]);
  expect(await probeQuiet(server)).toEqual([]);
});

test('the system prompt is compiled anew, from the agent as it is now', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  await server.execute(NEW_INSTRUCTIONS, { id: await agentOf(server, id), system: 'Speak in rhymes.' });
  const { conversation } = only(await reset(server, id), 'ResetConversationPayload');
  expect(conversation.contextMessages).toMatchObject([{ text: expect.stringMatching(/^Speak in rhymes\./) }]);
});

test('followers are told once; to reset what is empty already changes and tells nothing', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  await send(server, { conversationId, text: 'Hi', wait: true });
  const { eventCursor: after } = await history(server, conversationId);
  const first = only(await reset(server, conversationId), 'ResetConversationPayload').conversation;
  expect(first.eventCursor).not.toBe(after);
  expect(only(await reset(server, conversationId), 'ResetConversationPayload').conversation).toEqual(first);
  const [told] = await eventsUntil(server, { conversationId, after }, () => true);
  expect(told).toMatchObject({ cursor: first.eventCursor, runId: null, node: { __typename: 'ContextChanged' } });
});

test('while a run is open nothing is reset, whether it runs, waits for a decision, or another waits behind it', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const conversationId = await newConversation(server);
  await send(server, { conversationId, text: 'before', wait: true });
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'Hi' });
  const call = await next;
  await send(server, { conversationId, text: 'later', onBusy: 'ENQUEUE' });
  expect(only(await reset(server, conversationId), 'ConversationBusyError').run).toEqual({ id: run.id });
  await db.run.update({ where: { id: run.id }, data: { status: 'REQUIRES_ACTION' } });
  expect(only(await reset(server, conversationId), 'PendingApprovalError').run).toEqual({ id: run.id });
  await db.run.update({ where: { id: run.id }, data: { status: 'RUNNING' } });
  call.says('done');
  call.stops();
  await runEvents(server, run.id);
  expect(await db.message.count({ where: { conversationId, inContext: false, position: { not: null } } })).toBe(0);
});

test('a conversation that is not there cannot be reset', async () => {
  await using server = await startTestServer();
  for (const id of [newId('Conversation'), newId('Agent'), 'x']) only(await reset(server, id), 'NotFoundError');
});

test('of resets and sends at once none is lost, and none overlaps', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  const sends = Array.from({ length: 5 }, (_, index) =>
    send(server, { conversationId, text: String(index), onBusy: 'ENQUEUE', wait: true }),
  );
  const resets = Array.from({ length: 10 }, () => reset(server, conversationId));
  const [runs, results] = await Promise.all([Promise.all(sends), Promise.all(resets)]);
  expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'COMPLETED'));
  for (const { __typename } of results)
    expect(['ResetConversationPayload', 'ConversationBusyError']).toContain(__typename);
  only(await reset(server, conversationId), 'ResetConversationPayload');
  expect(await probeQuiet(server)).toEqual([]);
});
