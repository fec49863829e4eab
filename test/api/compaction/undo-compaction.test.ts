import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { compactByHand } from '../../harness/compact-by-hand.ts';
import { coveredPositions, coversOf, undoCompaction } from '../../harness/compaction.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, history, newConversation, runEvents, send } from '../../harness/talk.ts';

async function conversationOf(server: TestServer, ...texts: string[]) {
  const id = await newConversation(server);
  for (const text of texts) await send(server, { conversationId: id, text, wait: true });
  return id;
}

const positionsOf = ({ contextMessages }: { contextMessages: { position: number | null }[] }) =>
  contextMessages.map(({ position }) => position);

async function undone(server: TestServer, messageId: string) {
  return only(await undoCompaction(server, messageId), 'UndoCompactionPayload').conversation;
}

async function refused(server: TestServer, messageId: string) {
  const { issues } = only(await undoCompaction(server, messageId), 'InvalidInputError');
  expect(issues).toMatchObject([{ path: ['messageId'] }]);
  return issues[0]?.message;
}

const RESET = 'mutation ($id: ID!) { resetConversation(input: { conversationId: $id }) { __typename } }';

test('a summary covers the messages that it stands for; what an earlier one stands for stays under that one', async () => {
  await using server = await startTestServer();
  const id = await conversationOf(server, 'one', 'two', 'three');
  const first = await compactByHand(server, id, 3);
  expect(await coveredPositions(server, first)).toEqual([[2, 3]]);
  const second = await compactByHand(server, id, 5);
  expect(await coveredPositions(server, second, first)).toEqual([
    [4, 5, 8],
    [2, 3],
  ]);
  expect(await coversOf(server, [second])).toMatchObject([
    {
      totalCount: 3,
      nodes: [
        { __typename: 'UserMessage', inContext: false },
        { __typename: 'AssistantMessage', inContext: false },
        { __typename: 'SummaryMessage', inContext: false },
      ],
    },
  ]);
  const [page] = await coversOf(server, [second], { first: 2 });
  expect(page).toMatchObject({ pageInfo: { hasNextPage: true }, nodes: [{ position: 4 }, { position: 5 }] });
  const [rest] = await coversOf(server, [second], { first: 2, after: page?.pageInfo.endCursor ?? null });
  expect(rest).toMatchObject({ pageInfo: { hasNextPage: false }, nodes: [{ position: 8 }] });
});

test('undone from the last one on, the context is what it was, and the history keeps the summaries', async () => {
  await using server = await startTestServer();
  const id = await conversationOf(server, 'one', 'two', 'three');
  const first = await compactByHand(server, id, 3);
  const second = await compactByHand(server, id, 5);
  await send(server, { conversationId: id, text: 'four', wait: true });
  const { eventCursor: after } = await history(server, id);

  const conversation = await undone(server, second);
  expect(conversation).toMatchObject({ id });
  expect(positionsOf(conversation)).toEqual([1, 8, 4, 5, 6, 7, 10, 11]);
  expect(await coveredPositions(server, second, first)).toEqual([[], [2, 3]]);
  const [told] = await eventsUntil(server, { conversationId: id, after }, () => true);
  expect(told).toMatchObject({
    cursor: conversation.eventCursor,
    runId: null,
    node: { __typename: 'ContextChanged' },
  });

  expect(positionsOf(await undone(server, first))).toEqual([1, 2, 3, 4, 5, 6, 7, 10, 11]);
  expect((await history(server, id)).messages.nodes).toHaveLength(11);
  await send(server, { conversationId: id, text: 'five', wait: true });
  const asked = server.model.requests.at(-1)?.body.messages.map(({ content }) => content);
  expect(asked?.slice(1)).toEqual(['one', 'ok', 'two', 'ok', 'three', 'ok', 'four', 'ok', 'five']);
  expect(await probeQuiet(server)).toEqual([]);
});

test('what was undone can be compacted again', async () => {
  await using server = await startTestServer();
  const id = await conversationOf(server, 'one', 'two');
  await undone(server, await compactByHand(server, id, 3));
  const again = await compactByHand(server, id, 5);
  expect(await coveredPositions(server, again)).toEqual([[2, 3, 4, 5]]);
  expect(positionsOf(await undone(server, again))).toEqual([1, 2, 3, 4, 5]);
});

test('it is refused for what stands no more in the context, with the reason, and nothing is written', async () => {
  await using server = await startTestServer();
  const id = await conversationOf(server, 'one', 'two', 'three');
  const first = await compactByHand(server, id, 3);
  const second = await compactByHand(server, id, 5);
  const before = await history(server, id);
  expect(await refused(server, first)).toBe(`is part of a later summary: undo ${second} first`);
  for (const { id: other } of before.messages.nodes.slice(0, 3))
    expect(await refused(server, other)).toBe('must be a SummaryMessage');
  expect(await history(server, id)).toEqual(before);

  await undone(server, second);
  expect(await refused(server, second)).toBe('is undone already');
  await server.request(RESET, { id });
  const after = await history(server, id);
  expect(await refused(server, first)).toBe('left the context with a reset, which stays as it is');
  expect(await refused(server, second)).toBe('is undone already');
  expect(await coveredPositions(server, first)).toEqual([[2, 3]]);
  expect(await history(server, id)).toEqual(after);
});

test('while a run is open it is refused', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const id = await conversationOf(server, 'one');
  const summary = await compactByHand(server, id, 3);
  const next = server.model.nextCall();
  const run = await send(server, { conversationId: id, text: 'two' });
  const call = await next;
  only(await undoCompaction(server, summary), 'ConversationBusyError');
  await db.run.update({ where: { id: run.id }, data: { status: 'REQUIRES_ACTION' } });
  only(await undoCompaction(server, summary), 'PendingApprovalError');
  await db.run.update({ where: { id: run.id }, data: { status: 'RUNNING' } });
  call.says('done');
  call.stops();
  await runEvents(server, run.id);
  expect(positionsOf(await undone(server, summary))).toEqual([1, 2, 3, 5, 6]);
});

test('one that is missing, deleted or foreign is not there', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const id = await conversationOf(server, 'one');
  const summary = await compactByHand(server, id, 3);
  for (const missing of [newId('Message'), id, 'x', '']) {
    only(await undoCompaction(server, missing), 'NotFoundError');
  }
  const organizationId = newId('Organization');
  await db.organization.create({ data: { id: organizationId, name: 'Other' } });
  const foreign = await db.message.update({ where: { id: summary }, data: { organizationId } });
  only(await undoCompaction(server, foreign.id), 'NotFoundError');
  expect(await db.message.count({ where: { coveredById: summary, inContext: false } })).toBe(2);
});

test('of undoing at once with sends and with itself, one wins and no message is lost', async () => {
  await using server = await startTestServer();
  const id = await conversationOf(server, 'one', 'two');
  const summary = await compactByHand(server, id, 5);
  const sends = Array.from({ length: 4 }, (_, index) =>
    send(server, { conversationId: id, text: String(index), onBusy: 'ENQUEUE', wait: true }),
  );
  const results = await Promise.all(Array.from({ length: 8 }, () => undoCompaction(server, summary)));
  const won = results.filter(({ __typename }) => __typename === 'UndoCompactionPayload');
  expect(won.length).toBeLessThanOrEqual(1);
  await Promise.all(sends);
  if (won.length === 0) await undone(server, summary);
  expect(await refused(server, summary)).toBe('is undone already');
  const context = await server.deps.db.message.count({ where: { conversationId: id, inContext: true } });
  expect(context).toBe(1 + 4 + 8);
  expect(await probeQuiet(server)).toEqual([]);
});
