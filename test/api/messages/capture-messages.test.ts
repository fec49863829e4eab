import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { CapturedMessageInput } from '../../graphql/graphql.ts';
import { graphql } from '../../graphql/index.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, history, newConversation, runEvents, send } from '../../harness/talk.ts';

const CAPTURE = graphql(`
  mutation CaptureMessages($conversationId: ID!, $messages: [CapturedMessageInput!]!) {
    captureMessages(input: { conversationId: $conversationId, messages: $messages }) {
      __typename
      ... on CaptureMessagesPayload {
        conversation {
          id
          status
          lastMessageAt
          lastActivityAt
          lastRun {
            id
          }
        }
        messages {
          __typename
          id
          position
          inContext
          otid
          senderId
          groupId
          run {
            id
          }
          ... on UserMessage {
            text
            name
          }
          ... on AssistantMessage {
            text
            model
            isPartial
          }
          ... on SystemMessage {
            text
          }
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
      ... on ConversationBusyError {
        run {
          id
        }
      }
    }
  }
`);

const exchange: CapturedMessageInput[] = [
  { role: 'USER', text: 'My name is Ada', name: 'ada', otid: 'o-1', senderId: 'user-1', groupId: 'call-1' },
  { role: 'ASSISTANT', text: 'Hello, Ada', otid: 'o-2', groupId: 'call-1' },
  { role: 'SYSTEM', text: 'The call ended', otid: 'o-3' },
];

async function capture(server: TestServer, conversationId: string, messages: CapturedMessageInput[]) {
  return (await server.execute(CAPTURE, { conversationId, messages })).captureMessages;
}

test('what was said elsewhere is in the history and in the context, and no model was asked', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  const { eventCursor: after } = await history(server, id);
  const { messages, conversation } = only(await capture(server, id, exchange), 'CaptureMessagesPayload');
  const place = { inContext: true, run: null };
  expect(messages).toMatchObject([
    { ...place, position: 2, text: 'My name is Ada', name: 'ada', otid: 'o-1', senderId: 'user-1', groupId: 'call-1' },
    { ...place, position: 3, text: 'Hello, Ada', model: null, isPartial: false, senderId: null, groupId: 'call-1' },
    { ...place, position: 4, __typename: 'SystemMessage', text: 'The call ended' },
  ]);
  expect(conversation).toMatchObject({ status: 'IDLE', lastRun: null, lastMessageAt: expect.any(String) });
  expect(conversation.lastActivityAt).toBe(conversation.lastMessageAt);
  expect(server.model.requests).toEqual([]);

  let count = 0;
  const told = await eventsUntil(server, { conversationId: id, after }, () => ++count === 3);
  expect(told).toMatchObject(
    messages.map((message) => ({ runId: null, node: { __typename: 'MessageAdded', message: { id: message.id } } })),
  );
  await send(server, { conversationId: id, text: 'Who am I?', wait: true });
  expect(server.model.requests[0]?.body.messages.slice(1)).toMatchObject([
    { role: 'user', content: 'My name is Ada', name: 'ada' },
    { role: 'assistant', content: 'Hello, Ada' },
    { role: 'system', content: 'The call ended' },
    { role: 'user', content: 'Who am I?' },
  ]);
  expect(await probeQuiet(server)).toEqual([]);
});

test('a repeat whose messages all have an otid returns the earlier ones, also while a run is open, and writes nothing', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  const first = only(await capture(server, id, exchange), 'CaptureMessagesPayload').messages;
  const next = server.model.nextCall();
  const run = await send(server, { conversationId: id, text: 'Hi' });
  const call = await next;
  expect(only(await capture(server, id, exchange), 'CaptureMessagesPayload').messages).toEqual(first);
  call.stops();
  await runEvents(server, run.id);
  expect((await history(server, id)).messages.nodes.filter(({ otid }) => otid !== null)).toHaveLength(3);
  const other = only(await capture(server, await newConversation(server), exchange), 'CaptureMessagesPayload');
  expect(other.messages[0]?.id).not.toBe(first[0]?.id);
});

test('of many captures of the same exchange at once one is recorded', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  const results = await Promise.all(Array.from({ length: 8 }, () => capture(server, id, exchange)));
  const ids = results.map((result) => only(result, 'CaptureMessagesPayload').messages.map((message) => message.id));
  expect(new Set(ids.map(String)).size).toBe(1);
  expect((await history(server, id)).messages.nodes).toHaveLength(4);
});

test('an otid of another message is refused, and everything else that is wrong too; nothing is written', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  await capture(server, id, exchange);
  const [user, ...rest] = exchange as [CapturedMessageInput, ...CapturedMessageInput[]];
  const cases: [CapturedMessageInput[], (string | number)[][]][] = [
    [[{ ...user, text: 'Other' }, ...rest], [0, 1, 2].map((index) => ['messages', index, 'otid'])],
    [[user, { role: 'ASSISTANT', text: 'new', otid: 'o-9' }], [['messages', 0, 'otid']]],
    [[], [['messages']]],
    [Array.from({ length: 101 }, () => ({ role: 'USER' as const, text: 'x' })), [['messages']]],
    [
      [
        { role: 'USER', text: ' ' },
        { role: 'ASSISTANT', text: 'x', name: 'bob' },
      ],
      [
        ['messages', 0, 'text'],
        ['messages', 1, 'name'],
      ],
    ],
    [
      [
        { role: 'USER', text: 'x', otid: 'same' },
        { role: 'USER', text: 'x', otid: 'same' },
      ],
      [['messages']],
    ],
  ];
  for (const [messages, paths] of cases) {
    const { issues } = only(await capture(server, id, messages), 'InvalidInputError');
    expect(issues.map(({ path }) => path)).toEqual(paths.map((path) => path.map(String)));
  }
  for (const missing of [newId('Conversation'), newId('Agent'), 'x'])
    only(await capture(server, missing, exchange), 'NotFoundError');
  expect((await history(server, id)).messages.nodes).toHaveLength(4);
});

test('while a run is open nothing is captured', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const id = await newConversation(server);
  const next = server.model.nextCall();
  const run = await send(server, { conversationId: id, text: 'Hi' });
  const call = await next;
  expect(only(await capture(server, id, exchange), 'ConversationBusyError').run).toEqual({ id: run.id });
  await db.run.update({ where: { id: run.id }, data: { status: 'REQUIRES_ACTION' } });
  only(await capture(server, id, exchange), 'PendingApprovalError');
  await db.run.update({ where: { id: run.id }, data: { status: 'RUNNING' } });
  call.says('done');
  call.stops();
  await runEvents(server, run.id);
  expect((await history(server, id)).messages.nodes).toHaveLength(3);
});
