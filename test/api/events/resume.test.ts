import { expect, test } from 'vitest';
import { CONVERSATION_EVENTS, RUN_EVENTS } from '../../harness/documents.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import {
  eventsUntil,
  firstConversation,
  history,
  isEnd,
  newConversation,
  runEvents,
  send,
  textOf,
  typesOf,
} from '../../harness/talk.ts';

/** Cuts the subscription after every single event, and goes on from its cursor. */
async function cutAtEveryEvent(server: TestServer, runId: string) {
  const edges = [];
  for (let after: string | undefined; ;) {
    const cut = await (async () => {
      for await (const { runEvents } of server.subscribe(RUN_EVENTS, { runId, after })) return runEvents;
    })();
    if (!cut) return edges;
    edges.push(cut);
    after = cut.cursor;
  }
}

test('cut at every event while it runs, a run is the same as uncut', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers(
    { reasoning: 'hm' },
    ...Array.from({ length: 12 }, (_, index) => [{ delayMs: 5 }, `w${index} `]).flat(),
  );
  const run = await send(server, { conversationId, text: 'Hi' });
  const [uncut, cut] = await Promise.all([runEvents(server, run.id), cutAtEveryEvent(server, run.id)]);
  expect(cut).toEqual(uncut);
  expect(new Set(cut.map(({ cursor }) => cursor)).size).toBe(cut.length);
  expect(textOf(cut)).toBe(Array.from({ length: 12 }, (_, index) => `w${index} `).join(''));
});

test('from every cursor exactly the rest comes, long after the run', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.tokens(8);
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  const transcript = await runEvents(server, run.id);
  for (const [index, { cursor }] of transcript.entries()) {
    expect(await runEvents(server, run.id, cursor)).toEqual(transcript.slice(index + 1));
  }
});

test('read, then subscribed from eventCursor, the text in progress is whole', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'Hi' });
  const call = await next;
  const begun = eventsUntil(server, { conversationId }, ({ node }) => node.__typename === 'AssistantTextDelta');
  call.says('Hel');
  await begun;
  const { eventCursor, messages, activeRun, status } = await history(server, conversationId);
  expect(messages.nodes).toHaveLength(2);
  expect({ active: activeRun?.id, status }).toEqual({ active: run.id, status: 'RUNNING' });
  for (const after of [eventCursor, null]) {
    const late = eventsUntil(server, { conversationId, after }, ({ node }) => node.__typename === 'AssistantTextDelta');
    expect(textOf(await late)).toBe('Hel');
  }
  const rest = eventsUntil(server, { conversationId, after: eventCursor }, isEnd);
  call.says('lo');
  call.stops();
  expect(textOf(await rest)).toBe('Hello');
});

test('without deltas only facts come, with the same cursors', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.tokens(5);
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  const all = await runEvents(server, run.id);
  const facts = (await Array.fromAsync(server.subscribe(RUN_EVENTS, { runId: run.id, deltas: false }))).map(
    (data) => data.runEvents,
  );
  expect(facts).toEqual(all.filter(({ node }) => node.__typename !== 'AssistantTextDelta'));
  expect(typesOf(facts)).toEqual(['RunQueued', 'MessageAdded', 'RunStarted', 'MessageAdded', 'RunFinished']);
});

test('a cursor that is malformed, of another conversation, or beyond the end is refused', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const run = await send(server, { conversationId, text: 'Hi', wait: true });
  const { eventCursor } = await history(server, conversationId);
  const foreign = (await history(server, await newConversation(server))).eventCursor;
  const text = Buffer.from(eventCursor, 'base64url').toString();
  const beyond = Buffer.from(text.replace(/\d+$/, '9999')).toString('base64url');
  expect(beyond).not.toBe(eventCursor);
  for (const after of ['', 'x', '💥', 'null', `${eventCursor}x`, foreign, beyond]) {
    for (const attempt of [
      () => server.subscribe(CONVERSATION_EVENTS, { conversationId, after }).next(),
      () => server.subscribe(RUN_EVENTS, { runId: run.id, after }).next(),
    ]) {
      await expect(attempt(), JSON.stringify(after)).rejects.toMatchObject({
        errors: [{ extensions: { code: 'INVALID_CURSOR' } }],
      });
    }
  }
});

test('what does not exist cannot be followed', async () => {
  await using server = await startTestServer();
  for (const id of ['conv-0197a2b4-7c11-7000-8000-000000000000', 'run-0197a2b4-7c11-7000-8000-000000000000', '']) {
    await expect(server.subscribe(CONVERSATION_EVENTS, { conversationId: id }).next()).rejects.toMatchObject({
      errors: [{ extensions: { code: 'NOT_FOUND' } }],
    });
    await expect(server.subscribe(RUN_EVENTS, { runId: id }).next()).rejects.toMatchObject({
      errors: [{ extensions: { code: 'NOT_FOUND' } }],
    });
  }
});
