import { expect, test } from 'vitest';
import { CANCEL } from '../../harness/documents.ts';
import { compact, tryCompact } from '../../harness/compact.ts';
import { probe } from '../../harness/probe.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import {
  eventsUntil,
  firstConversation,
  history,
  isEnd,
  newConversation,
  readRun,
  send,
  typesOf,
} from '../../harness/talk.ts';

const LONG = 'lorem ipsum dolor sit amet '.repeat(40);

/** A conversation with so many exchanges. */
async function talked(server: TestServer, exchanges: number): Promise<string> {
  const conversationId = await firstConversation(server);
  for (let count = 1; count <= exchanges; count++) {
    server.model.answers(`Answer ${count}: ${LONG}`);
    await send(server, { conversationId, text: `Question ${count}: ${LONG}`, wait: true });
  }
  return conversationId;
}

test('with mode ALL two messages remain, the history stays, and the next call sees the summary', async () => {
  await using server = await startTestServer();
  const conversationId = await talked(server, 5);
  const { eventCursor, ...before } = await history(server, conversationId);
  server.model.answers('They talked about ', 'Latin.');
  const done = await compact(server, { conversationId, settings: { mode: 'ALL' } });
  expect(done).toMatchObject({
    summary: 'They talked about Latin.',
    messagesBefore: 11,
    messagesAfter: 2,
    run: { kind: 'COMPACTION', status: 'COMPLETED', stopReason: 'END_TURN' },
    summaryMessage: {
      position: 12,
      keptFromPosition: null,
      compaction: {
        trigger: 'REQUESTED',
        modeUsed: 'ALL',
        contextWindow: 128_000,
        messagesBefore: 11,
        messagesAfter: 2,
      },
    },
    conversation: {
      status: 'IDLE',
      contextMessages: [{ position: 1 }, { __typename: 'SummaryMessage', position: 12 }],
    },
  });
  const { contextTokensBefore, contextTokensAfter } = done.summaryMessage!.compaction!;
  expect(contextTokensAfter).toBeLessThan(contextTokensBefore!);
  const after = await history(server, conversationId);
  expect(after.messages.nodes.slice(1, 11)).toEqual(before.messages.nodes.slice(1));
  // Neither the time of its last message nor that of its last answer is that of a compaction.
  expect(after.lastRunCompletion).toBe(before.lastRunCompletion);

  const edges = await eventsUntil(server, { conversationId, after: eventCursor }, isEnd);
  expect(typesOf(edges)).toEqual([
    'RunQueued',
    'RunStarted',
    'CompactionStarted',
    'MessageAdded',
    'CompactionFinished',
    'RunFinished',
  ]);
  server.model.answers('Yes.');
  await send(server, { conversationId, text: 'Do you remember?', wait: true });
  expect(server.model.requests.at(-1)?.body.messages.slice(1)).toEqual([
    { role: 'user', content: expect.stringContaining('They talked about Latin.') },
    { role: 'user', content: 'Do you remember?' },
  ]);
  expect(await probe(server)).toEqual([]);
});

test('the sliding window keeps the newest messages, and another conversation is left alone', async () => {
  await using server = await startTestServer();
  const conversationId = await talked(server, 6);
  const other = await newConversation(server);
  await send(server, { conversationId: other, text: 'Hi', wait: true });
  const { messages } = await history(server, other);
  server.model.answers('The older half.');
  const done = await compact(server, { conversationId });
  expect(done.summaryMessage?.compaction).toMatchObject({ modeUsed: 'SLIDING_WINDOW' });
  const context = done.conversation.contextMessages;
  expect(context.slice(0, 2)).toMatchObject([{ __typename: 'SystemMessage' }, { __typename: 'SummaryMessage' }]);
  expect(context.at(-1)).toMatchObject({ position: 13 });
  expect(done.summaryMessage?.keptFromPosition).toBe(context[2]?.position);
  expect(done.messagesAfter).toBe(context.length);
  expect((await history(server, other)).messages).toEqual(messages);
  expect(await probe(server)).toEqual([]);
});

test('a summariser that fails leaves everything as it was, and the conversation goes on', async () => {
  await using server = await startOwnServer({ MODEL_TRIES: '1' });
  const conversationId = await talked(server, 3);
  for (let call = 0; call < 2; call++) server.model.answers({ status: 500 });
  expect(await tryCompact(server, { conversationId, wait: true })).toMatchObject({
    __typename: 'CompactionFailedError',
    code: 'COMPACTION_FAILED',
    messagesBefore: 7,
  });
  expect((await send(server, { conversationId, text: 'Still there?', wait: true })).status).toBe('COMPLETED');
  expect(server.model.requests.at(-1)?.body.messages).toHaveLength(8);
  expect(await probe(server)).toEqual([]);
});

test('there is nothing to compact in an empty context, nor twice', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const nothing = { __typename: 'NothingToCompactError', code: 'NOTHING_TO_COMPACT' };
  expect(await tryCompact(server, { conversationId, wait: true })).toMatchObject(nothing);
  await talked(server, 2);
  server.model.answers('All of it.');
  await compact(server, { conversationId, settings: { mode: 'ALL' } });
  expect(await tryCompact(server, { conversationId })).toMatchObject(nothing);
});

test('a compaction and a run of the same conversation exclude each other, and cancelling one leaves everything as it was', async () => {
  await using server = await startTestServer();
  const conversationId = await talked(server, 3);
  const summarizing = server.model.nextCall();
  const { run } = await compact(server, { conversationId, wait: false, settings: { mode: 'ALL' } });
  const call = await summarizing;
  expect(await tryCompact(server, { conversationId })).toMatchObject({
    __typename: 'ConversationBusyError',
    run: { id: run.id },
  });
  const queued = await send(server, { conversationId, text: 'And then?', onBusy: 'ENQUEUE' });
  call.says('Half a summ');
  await server.execute(CANCEL, { runId: run.id });
  await call.closed;
  await eventsUntil(server, { conversationId, after: null }, ({ runId, node }) => {
    return runId === queued.id && node.__typename === 'RunFinished';
  });
  expect(await readRun(server, run.id)).toMatchObject({ status: 'CANCELLED' });
  expect(server.model.requests.at(-1)?.body.messages).toHaveLength(8);
  expect(await probe(server)).toEqual([]);
});

test('a foreign or missing conversation, and settings that make no sense, are refused', async () => {
  await using server = await startTestServer();
  const missing = 'conv-01890000-0000-7000-8000-000000000000';
  expect(await tryCompact(server, { conversationId: missing })).toMatchObject({ __typename: 'NotFoundError' });
  const conversationId = await firstConversation(server);
  for (const settings of [{ clipChars: 0 }, { slidingWindowPercentage: 2 }, { prompt: ' ' }])
    expect(await tryCompact(server, { conversationId, settings })).toMatchObject({ __typename: 'InvalidInputError' });
});
