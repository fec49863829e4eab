import { expect, test } from 'vitest';
import { CANCEL, CONVERSATION_EVENTS } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import {
  eventsUntil,
  firstConversation,
  history,
  isEnd,
  readRun,
  runEvents,
  send,
  textOf,
  typesOf,
} from '../../harness/talk.ts';

async function cancel(server: TestServer, runId: string) {
  return only((await server.execute(CANCEL, { runId })).cancelRun, 'CancelRunPayload').run;
}

/** A run in the middle of its answer: it has said "Once upon ". */
async function midAnswer(server: TestServer) {
  const conversationId = await firstConversation(server);
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'Tell me a story' });
  const call = await next;
  const begun = eventsUntil(
    server,
    { conversationId },
    ({ node }) => node.__typename === 'AssistantTextDelta' && node.delta.includes('upon'),
  );
  call.reasons('A story, then.');
  call.says('Once ', 'upon ');
  await begun;
  return { conversationId, run, call };
}

test('a cancel is final when it returns: the partial text is kept, and nothing comes after RunFinished', async () => {
  await using server = await startTestServer();
  const { conversationId, run, call } = await midAnswer(server);
  expect(await cancel(server, run.id)).toMatchObject({ status: 'CANCELLED', stopReason: 'CANCELLED' });
  const { eventCursor, messages } = await history(server, conversationId);
  call.says('a time'); // the provider goes on, as if it had not heard
  await call.closed;

  expect(messages.nodes.slice(2)).toMatchObject([
    { __typename: 'ReasoningMessage', text: 'A story, then.', isPartial: true },
    { __typename: 'AssistantMessage', text: 'Once upon ', isPartial: true },
  ]);
  const edges = await runEvents(server, run.id);
  expect(textOf(edges)).toBe('Once upon ');
  expect(typesOf(edges).slice(-3)).toEqual(['MessageAdded', 'MessageAdded', 'RunFinished']);

  // What comes next in the conversation is the next run's.
  const after = eventsUntil(server, { conversationId, after: eventCursor }, isEnd);
  const again = await send(server, { conversationId, text: 'Go on', wait: true });
  expect(again.status).toBe('COMPLETED');
  expect((await after).every(({ runId }) => runId === again.id)).toBe(true);
  const prompt = server.model.requests[1]?.body.messages.slice(1);
  expect(prompt).toMatchObject([
    { content: 'Tell me a story' },
    { role: 'assistant', content: 'Once upon ' },
    { content: 'Go on' },
  ]);
});

test('a cancel reaches a model call that is silent', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'Hi' });
  const call = await next;
  expect((await cancel(server, run.id)).status).toBe('CANCELLED');
  await call.closed;
  expect((await history(server, conversationId)).messages.nodes).toHaveLength(2);
  expect((await send(server, { conversationId, text: 'Hi', wait: true })).status).toBe('COMPLETED');
});

test('cancelling twice, at once and later, ends a run once', async () => {
  await using server = await startTestServer();
  const { run } = await midAnswer(server);
  const cancelled = await Promise.all(Array.from({ length: 10 }, () => cancel(server, run.id)));
  expect(new Set(cancelled.map(({ completedAt }) => completedAt)).size).toBe(1);
  expect((await cancel(server, run.id)).completedAt).toBe(cancelled[0]?.completedAt);
  expect(typesOf(await runEvents(server, run.id)).filter((type) => type === 'RunFinished')).toHaveLength(1);
});

test('cancelling a run that has completed leaves it as it is', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  expect(await cancel(server, run.id)).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
});

test('a cancel and an answer that race end a run once, and the history tells the same', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const outcomes = new Set<string>();
  for (let round = 0; round < 40; round++) {
    const next = server.model.nextCall();
    const run = await send(server, { conversationId, text: `${round}` });
    const call = await next;
    call.says('answer');
    const cancelling = round % 2 === 0 ? cancel(server, run.id) : undefined;
    call.stops();
    const { status } = await (cancelling ?? cancel(server, run.id));
    const edges = await runEvents(server, run.id);
    expect(edges.filter(isEnd)).toHaveLength(1);
    expect(edges.at(-1)?.node).toMatchObject({ status });
    expect((await readRun(server, run.id)).status).toBe(status);
    outcomes.add(status);
  }
  const { messages } = await history(server, conversationId);
  expect(messages.nodes.map(({ position }) => position)).toEqual(messages.nodes.map((_, index) => index + 1));
});

test('a run that is older than a counter of milliseconds still ends', async () => {
  await using server = await startTestServer();
  const { run, call } = await midAnswer(server);
  await server.deps.db.run.updateMany({
    where: { id: run.id },
    data: { startedAt: new Date(Date.now() - 60 * 24 * 3600 * 1000) },
  });
  expect((await cancel(server, run.id)).status).toBe('CANCELLED');
  await call.closed;
  expect((await readRun(server, run.id)).durationMs).toBe(2_147_483_647);
});

test('leaving a subscription does not stop the run', async () => {
  await using server = await startTestServer();
  const { conversationId, run, call } = await midAnswer(server);
  for await (const _ of server.subscribe(CONVERSATION_EVENTS, { conversationId })) break;
  call.says('a time.');
  call.stops();
  expect((await runEvents(server, run.id)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
  expect((await history(server, conversationId)).messages.nodes.at(-1)).toMatchObject({
    text: 'Once upon a time.',
    isPartial: false,
  });
});

test('an unknown run is not found', async () => {
  await using server = await startTestServer();
  for (const runId of ['run-0197a2b4-7c11-7000-8000-000000000000', 'nonsense', await firstConversation(server)]) {
    expect(only((await server.execute(CANCEL, { runId })).cancelRun, 'NotFoundError').code).toBe('NOT_FOUND');
  }
});
