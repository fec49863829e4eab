import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { Message } from '../../../src/store/generated/client.ts';
import { compactByHand } from '../../harness/compact-by-hand.ts';
import { undoCompaction } from '../../harness/compaction.ts';
import { essence, fork } from '../../harness/fork.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { newConversation, send } from '../../harness/talk.ts';
import { conversationOf, read } from '../../harness/forks.ts';

const withoutIds = ({ id: _id, conversationId: _conversationId, ...rest }: Message) => rest;

test('what left the context is copied too, and stays out of it, or is back when the fork ends before what it made room for', async () => {
  await using server = await startTestServer();
  const id = await conversationOf(server, 'one', 'two', 'three');
  const before = await fork(server, { conversationId: id });
  await compactByHand(server, id, 3);
  await compactByHand(server, id, 5);
  const { nodes } = (await read(server, id)).messages;
  const through = async (position: number) => {
    const copy = await fork(server, { conversationId: id, throughMessageId: nodes[position - 1]?.id ?? '' });
    expect(copy.messages.nodes).toHaveLength(position);
    const positions = new Map(copy.messages.nodes.map((message) => [message.id, message.position]));
    return { copy, context: copy.contextMessages.map((message) => positions.get(message.id)) };
  };
  const whole = await through(9);
  expect(whole.context).toEqual([1, 9, 6, 7]);
  expect(whole.copy.messages.nodes.slice(1).map(essence)).toEqual(nodes.slice(1).map(essence));
  expect(nodes.at(-1)).toMatchObject({ covers: { nodes: [{ position: 4 }, { position: 5 }, { position: 8 }] } });
  const middle = await through(8);
  expect(middle.context).toEqual([1, 8, 4, 5, 6, 7]);
  expect(middle.copy.messages.nodes.at(-1)).toMatchObject({ covers: { nodes: [{ position: 2 }, { position: 3 }] } });
  const earlier = await through(5);
  expect(earlier.context).toEqual([1, 2, 3, 4, 5]);
  expect((await read(server, before.id)).contextMessages).toHaveLength(7);

  await send(server, { conversationId: earlier.copy.id, text: 'on', wait: true });
  const asked = server.model.requests
    .at(-1)
    ?.body.messages.map(({ content: text }) => text)
    .slice(1);
  expect(asked).toEqual(['one', 'ok', 'two', 'ok', 'on']);
  const last = whole.copy.messages.nodes.at(-1)?.id ?? '';
  only(await undoCompaction(server, last), 'UndoCompactionPayload');
  expect((await read(server, whole.copy.id)).contextMessages).toHaveLength(6);
  expect((await read(server, id)).contextMessages).toHaveLength(4);
  expect(await probeQuiet(server)).toEqual([]);
});

test('what a reset took out of the context is copied, and stays out of it', async () => {
  await using server = await startTestServer();
  const id = await conversationOf(server, 'one');
  await server.request('mutation ($id: ID!) { resetConversation(input: { conversationId: $id }) { __typename } }', {
    id,
  });
  await send(server, { conversationId: id, text: 'two', wait: true });
  const copy = await fork(server, { conversationId: id });
  expect(copy.messages.nodes.map(({ inContext }) => inContext)).toEqual([true, false, false, true, true]);
  await send(server, { conversationId: copy.id, text: 'three', wait: true });
  const asked = server.model.requests
    .at(-1)
    ?.body.messages.map(({ content }) => content)
    .slice(1);
  expect(asked).toEqual(['two', 'ok', 'three']);
});

test('of a long history everything is copied, in order', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const id = await newConversation(server);
  const { organizationId } = await db.conversation.findUniqueOrThrow({ where: { id } });
  const count = 10_000;
  const rows = Array.from({ length: count }, (_, index) => ({
    id: newId('Message'),
    organizationId,
    conversationId: id,
    kind: 'USER' as const,
    content: { parts: [{ text: `message ${index}` }] },
    position: index + 2,
    contextRank: index + 2,
    inContext: index >= count - 100,
  }));
  await db.message.createMany({ data: rows });
  const last = { lastPosition: count + 1, lastContextRank: count + 1 };
  await db.conversationHead.update({ where: { conversationId: id }, data: last });
  const copy = await fork(server, { conversationId: id });
  const where = { conversationId: copy.id };
  const copies = (await db.message.findMany({ where, orderBy: { position: 'asc' } })).slice(1);
  const originals = await db.message.findMany({ where: { conversationId: id }, orderBy: { position: 'asc' } });
  expect(copies.map(withoutIds)).toEqual(originals.slice(1).map(withoutIds));
  expect(copies.map((one) => one.id)).toEqual(copies.map((one) => one.id).toSorted());
  expect(copy.contextMessages).toHaveLength(101);
  const { lastEventSeq } = await db.conversationHead.findUniqueOrThrow({ where: { conversationId: copy.id } });
  expect(lastEventSeq).toBe(count + 1);
  expect(await db.conversationEvent.count({ where })).toBe(count + 1);
});
