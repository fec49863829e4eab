import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { CANCEL_CONVERSATION } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { history, newConversation, readRun, runEvents, send, typesOf } from '../../harness/talk.ts';

async function cancelAll(server: TestServer, conversationId: string) {
  return (await server.execute(CANCEL_CONVERSATION, { conversationId })).cancelConversation;
}

test('every open run of the conversation is cancelled, those that wait too, and no other', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  const other = await newConversation(server);
  const [next, elsewhere] = [server.model.nextCall(), server.model.nextCall()];
  const active = await send(server, { conversationId, text: 'one' });
  const call = await next;
  const waiting = [];
  for (const text of ['two', 'three']) waiting.push(await send(server, { conversationId, text, onBusy: 'ENQUEUE' }));
  const untouched = await send(server, { conversationId: other, text: 'Hi' });

  const { runs } = only(await cancelAll(server, conversationId), 'CancelConversationPayload');
  expect(runs).toEqual([active, ...waiting].map(({ id }) => ({ id, status: 'CANCELLED' })));
  await call.closed;
  expect(typesOf(await runEvents(server, active.id)).filter((type) => type === 'RunFinished')).toHaveLength(1);
  expect((await history(server, conversationId)).messages.nodes).toMatchObject([{}, { text: 'one' }]);
  expect(await history(server, conversationId)).toMatchObject({ status: 'IDLE', activeRun: null });
  expect((await send(server, { conversationId, text: 'four', wait: true })).status).toBe('COMPLETED');

  (await elsewhere).stops();
  await runEvents(server, untouched.id);
  expect((await readRun(server, untouched.id)).status).toBe('COMPLETED');
});

test('an agent id means its default conversation, and no other of its runs', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  const { agentId } = await server.deps.db.conversation.findUniqueOrThrow({ where: { id: conversationId } });
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'Hi' });
  const call = await next;
  only(await cancelAll(server, agentId), 'NoActiveRunsError');
  call.stops();
  await runEvents(server, run.id);
  expect((await readRun(server, run.id)).status).toBe('COMPLETED');
});

test('a conversation without open runs, and one that is not there, say so', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  const none = only(await cancelAll(server, conversationId), 'NoActiveRunsError');
  expect(none).toMatchObject({ code: 'NO_ACTIVE_RUNS', message: expect.stringContaining('nothing to cancel') });
  await send(server, { conversationId, text: 'Hi', wait: true });
  only(await cancelAll(server, conversationId), 'NoActiveRunsError');
  only(await cancelAll(server, newId('Conversation')), 'NotFoundError');
  only(await cancelAll(server, 'x'), 'NotFoundError');
});

test('of many cancels at once one cancels, and the others find nothing', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'Hi' });
  await next;
  const results = await Promise.all(Array.from({ length: 10 }, () => cancelAll(server, conversationId)));
  const names = results.map(({ __typename }) => __typename).toSorted();
  expect(names).toEqual(['CancelConversationPayload', ...Array.from({ length: 9 }, () => 'NoActiveRunsError')]);
  expect(typesOf(await runEvents(server, run.id)).filter((type) => type === 'RunFinished')).toHaveLength(1);
});

test('a run that is cancelled while it waits has no duration', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  const next = server.model.nextCall();
  await send(server, { conversationId, text: 'one' });
  await next;
  const waiting = await send(server, { conversationId, text: 'two', onBusy: 'ENQUEUE' });
  await cancelAll(server, conversationId);
  expect(await readRun(server, waiting.id)).toMatchObject({
    status: 'CANCELLED',
    startedAt: null,
    durationMs: null,
    timeToFirstTokenMs: null,
    completedAt: expect.any(String),
  });
});

test('a queue of thousands is cancelled as a whole', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const conversationId = await newConversation(server);
  const next = server.model.nextCall();
  const active = await send(server, { conversationId, text: 'one' });
  await next;
  const { organizationId, agentId } = await db.run.findUniqueOrThrow({ where: { id: active.id } });
  const place = { organizationId, agentId, conversationId, firstEventSeq: 1, request: {} };
  const ids = Array.from({ length: 5000 }, () => newId('Run'));
  await db.run.createMany({ data: ids.map((id, index) => ({ ...place, id, queuedSeq: 1000 + index })) });
  const { runs } = only(await cancelAll(server, conversationId), 'CancelConversationPayload');
  expect(runs.map(({ id }) => id)).toEqual([active.id, ...ids]);
  expect(runs.every(({ status }) => status === 'CANCELLED')).toBe(true);
  const ends = await db.conversationEvent.findMany({ where: { conversationId, type: 'RunFinished' } });
  expect(new Set(ends.map(({ runId }) => runId)).size).toBe(5001);
  expect((await send(server, { conversationId, text: 'two', wait: true })).status).toBe('COMPLETED');
});
