import { expect, test } from 'vitest';
import { CANCEL, SEND } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import {
  eventsUntil,
  firstConversation,
  history,
  isEnd,
  newConversation,
  readRun,
  runEvents,
  send,
  typesOf,
} from '../../harness/talk.ts';

test('a send to a busy conversation is refused with the run that is in its way, and works after it', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'first' });
  const call = await next;
  const { sendMessage } = await server.execute(SEND, { input: { conversationId, text: 'second' } });
  expect(only(sendMessage, 'ConversationBusyError')).toMatchObject({ code: 'CONVERSATION_BUSY', run: { id: run.id } });
  expect((await history(server, conversationId)).status).toBe('RUNNING');
  call.stops();
  await runEvents(server, run.id);
  await send(server, { conversationId, text: 'second', wait: true });
  const texts = (await history(server, conversationId)).messages.nodes.map(
    (message) => 'text' in message && message.text,
  );
  expect(texts.slice(1)).toEqual(['first', 'ok', 'second', 'ok']);
});

test('of many sends at once exactly one is accepted', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.holdCalls();
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) => server.execute(SEND, { input: { conversationId, text: `${index}` } })),
  );
  const names = results.map(({ sendMessage }) => sendMessage.__typename);
  expect(names.filter((name) => name === 'SendMessagePayload')).toHaveLength(1);
  expect(names.filter((name) => name === 'ConversationBusyError')).toHaveLength(19);
  expect((await history(server, conversationId)).messages.nodes).toHaveLength(2);
  (await server.model.nextCall()).stops();
});

test('different conversations of an agent run side by side', async () => {
  await using server = await startTestServer();
  server.model.holdCalls();
  const ids = await Promise.all([newConversation(server), newConversation(server)]);
  const runs = await Promise.all(ids.map((conversationId) => send(server, { conversationId, text: 'Hi' })));
  const calls = [await server.model.nextCall(), await server.model.nextCall()];
  calls.forEach((call) => call.stops());
  for (const { id } of runs) expect((await runEvents(server, id)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
});

test('enqueued runs wait outside the history, and then run in the order in which they came', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const next = server.model.nextCall();
  await send(server, { conversationId, text: 'one' });
  const call = await next;
  const waiting = [];
  for (const text of ['two', 'three', 'four'])
    waiting.push(await send(server, { conversationId, text, onBusy: 'ENQUEUE' }));

  expect(await readRun(server, waiting[0]!.id)).toMatchObject({
    status: 'QUEUED',
    inputMessages: [{ position: null }],
  });
  expect((await history(server, conversationId)).messages.nodes).toHaveLength(2);
  const cancelled = await server.execute(CANCEL, { runId: waiting[1]!.id });
  expect(only(cancelled.cancelRun, 'CancelRunPayload').run.status).toBe('CANCELLED');

  call.says('1');
  call.stops();
  await runEvents(server, waiting[2]!.id);
  const { messages } = await history(server, conversationId);
  expect(messages.nodes.slice(1)).toMatchObject([
    { text: 'one' },
    { text: '1' },
    { text: 'two' },
    { text: 'ok' },
    { text: 'four' },
    { text: 'ok' },
  ]);
  expect(messages.nodes.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(typesOf(await runEvents(server, waiting[0]!.id)).slice(0, 3)).toEqual([
    'RunQueued',
    'RunStarted',
    'MessageAdded',
  ]);
});

test('an interrupting send ends every open run, keeps what was written, and runs', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const next = server.model.nextCall();
  const first = await send(server, { conversationId, text: 'one' });
  const call = await next;
  const events = eventsUntil(server, { conversationId }, ({ node }) => node.__typename === 'AssistantTextDelta');
  call.says('half');
  await events;
  const second = await send(server, { conversationId, text: 'two', onBusy: 'ENQUEUE' });
  const third = await send(server, { conversationId, text: 'three', onBusy: 'INTERRUPT', wait: true });
  expect(third.status).toBe('COMPLETED');
  for (const { id } of [first, second]) expect((await readRun(server, id)).status).toBe('CANCELLED');
  await call.closed;
  expect((await history(server, conversationId)).messages.nodes.slice(1)).toMatchObject([
    { text: 'one' },
    { text: 'half', isPartial: true },
    { text: 'three' },
    { text: 'ok', isPartial: false },
  ]);
});

test('one idempotency key is one run, however often and however fast it is sent', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const input = { conversationId, text: 'once', idempotencyKey: 'key-1' };
  const sent = await Promise.all(Array.from({ length: 50 }, () => send(server, input)));
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  await runEvents(server, sent[0]!.id);
  expect((await send(server, input)).id).toBe(sent[0]!.id);
  expect((await history(server, conversationId)).messages.nodes).toHaveLength(3);
  expect(server.model.requests).toHaveLength(1);
});

test('a key that is used again with other content is refused, and nothing is written', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const other = await newConversation(server);
  const { id } = await send(server, { conversationId, text: 'once', idempotencyKey: 'key', wait: true });
  for (const input of [
    { conversationId, text: 'twice' },
    { conversationId: other, text: 'once' },
  ]) {
    const { sendMessage } = await server.execute(SEND, { input: { ...input, idempotencyKey: 'key' } });
    expect(only(sendMessage, 'IdempotencyConflictError').run.id).toBe(id);
  }
  expect((await history(server, other)).messages.nodes).toHaveLength(1);
  expect((await history(server, other)).status).toBe('IDLE');
});

test('a repeat is recognised before the conversation is found busy', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.holdCalls();
  const input = { conversationId, text: 'Hi', idempotencyKey: 'key' };
  const run = await send(server, input);
  expect((await send(server, input)).id).toBe(run.id);
  (await server.model.nextCall()).stops();
  expect((await runEvents(server, run.id)).filter(isEnd)).toHaveLength(1);
});
