import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { createBlockAgent, isolate, updateBlock } from '../../harness/blocks.ts';
import { essence, fork, tryFork } from '../../harness/fork.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { openSidebar } from '../../harness/sidebar.ts';
import { eventsUntil, firstConversation, newConversation, send } from '../../harness/talk.ts';
import { conversationOf, read } from '../../harness/forks.ts';

const UPDATE = 'mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { __typename } }';

test('a fork has the whole history under ids of its own, behind a system prompt of its own, and each goes its way', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  const input = { text: 'I am Ada', otid: 'o-1', senderId: 'user-1', groupId: 'group-1', name: 'ada' };
  server.model.answers({ reasoning: 'hm' }, 'Hello, Ada');
  await send(server, { conversationId: id, messages: [input], wait: true });
  const source = await read(server, id);
  const copy = await fork(server, { conversationId: id, summary: 'Other way' });

  expect(copy).toMatchObject({
    isDefault: false,
    summary: 'Other way',
    status: 'IDLE',
    agent: source.agent,
    lastRun: null,
    lastRunCompletion: null,
    lastMessageAt: source.messages.nodes.at(-1)?.createdAt,
    lastActivityAt: copy.createdAt,
  });
  expect(copy.messages.nodes[0]).toMatchObject({
    position: 1,
    inContext: true,
    text: expect.stringContaining(copy.id),
  });
  expect(copy.messages.nodes.slice(1).map(essence)).toEqual(source.messages.nodes.slice(1).map(essence));
  expect(copy.messages.nodes.map(({ run }) => run)).toEqual([null, null, null, null]);
  const ids = [...copy.messages.nodes, ...source.messages.nodes].map((message) => message.id);
  expect(new Set(ids).size).toBe(8);
  expect(copy.contextMessages).toHaveLength(source.contextMessages.length);
  expect(await read(server, id)).toEqual(source);

  for (const conversationId of [id, copy.id])
    await send(server, { conversationId, text: `Who am I, ${conversationId}?`, wait: true });
  const [ofSource, ofFork] = server.model.requests.slice(-2).map(({ body }) => body.messages);
  expect(ofFork?.slice(1, 3)).toEqual(ofSource?.slice(1, 3));
  expect(ofFork?.map(({ content }) => content)).toMatchObject([{}, 'I am Ada', 'Hello, Ada', `Who am I, ${copy.id}?`]);
  expect((await read(server, id)).messages.nodes).toHaveLength(6);
  expect((await read(server, copy.id)).messages.nodes).toHaveLength(6);
  expect(await probeQuiet(server)).toEqual([]);
});

test('its log begins with its messages, and its eventCursor is behind them', async () => {
  await using server = await startTestServer();
  const copy = await fork(server, { conversationId: await conversationOf(server, 'one', 'two') });
  const start = Buffer.from(`${copy.id}:0`).toString('base64url');
  let count = 0;
  const told = await eventsUntil(server, { conversationId: copy.id, after: start }, () => ++count === 5);
  expect(told).toMatchObject(
    copy.messages.nodes.map((message) => ({ node: { __typename: 'MessageAdded', message: { id: message.id } } })),
  );
  expect(told.at(-1)?.cursor).toBe(copy.eventCursor);
  const rest = eventsUntil(server, { conversationId: copy.id, after: copy.eventCursor }, () => true);
  const run = await send(server, { conversationId: copy.id, text: 'three', wait: true });
  expect(await rest).toMatchObject([{ node: { __typename: 'RunQueued', run: { id: run.id } } }]);
});

test('a fork through a message ends with it, and its context is what it was then', async () => {
  await using server = await startTestServer();
  const id = await conversationOf(server, 'one', 'two');
  const { nodes } = (await read(server, id)).messages;
  for (const [index, message] of nodes.entries()) {
    const copy = await fork(server, { conversationId: id, throughMessageId: message.id });
    expect(copy.messages.nodes.slice(1).map(essence)).toEqual(nodes.slice(1, index + 1).map(essence));
    expect(copy.contextMessages).toHaveLength(index + 1);
    expect(copy.lastMessageAt).toBe(index === 0 ? null : message.createdAt);
    expect((await send(server, { conversationId: copy.id, text: 'on', wait: true })).status).toBe('COMPLETED');
  }
  expect(await probeQuiet(server)).toEqual([]);
});

test('it has the model, the settings and copies of the isolated blocks of its source, as they are now', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' }, { label: 'persona', value: 'Kind' });
  const { conversationId, block } = await isolate(server, agent.id, 'human');
  const settings = { model: 'other', modelSettings: { temperature: 0.5 } };
  await server.request(UPDATE, { input: { id: conversationId, ...settings } });
  await updateBlock(server, { id: block.id, value: 'Grace' });
  const copy = await fork(server, { conversationId });
  expect(copy).toMatchObject({ model: 'openai/other', modelSettings: { temperature: 0.5 }, summary: null });
  expect(copy.isolatedBlocks).toMatchObject([{ label: 'human', value: 'Grace' }]);
  expect(copy.isolatedBlocks[0]?.id).not.toBe(block.id);
  expect(copy.messages.nodes).toMatchObject([{ text: expect.stringMatching(/Grace[^]*Kind/) }]);
  await updateBlock(server, { id: copy.isolatedBlocks[0]?.id ?? '', value: 'Edith' });
  expect((await read(server, conversationId)).isolatedBlocks).toMatchObject([{ value: 'Grace' }]);
});

test('what is missing, of another conversation or foreign cannot be forked, and nothing is written', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const conversationId = await conversationOf(server, 'one');
  const elsewhere = (await read(server, await conversationOf(server, 'two'))).messages.nodes[1]?.id ?? '';
  const count = await db.conversation.count({ where: { organizationId: server.viewer.organizationId } });
  for (const missing of [newId('Conversation'), newId('Agent'), newId('Run'), 'x', '']) {
    const error = only(await tryFork(server, { conversationId: missing }), 'NotFoundError');
    expect(error.missingId).toBe(missing);
  }
  for (const throughMessageId of [elsewhere, newId('Message'), 'x', '']) {
    const error = only(await tryFork(server, { conversationId, throughMessageId }), 'NotFoundError');
    expect(error.missingId).toBe(throughMessageId);
  }
  only(await tryFork(server, { conversationId, summary: 'a\0' }), 'InvalidInputError');
  expect(await db.conversation.count({ where: { organizationId: server.viewer.organizationId } })).toBe(count);
});

test('lists are told of a fork, and the default conversation lists all of its messages after it was forked', async () => {
  await using server = await startTestServer();
  await using sidebar = await openSidebar(server.url);
  const id = await firstConversation(server);
  await send(server, { conversationId: id, text: 'Hi', wait: true });
  const source = await read(server, id);
  const copy = await fork(server, { conversationId: source.agent.id });
  expect(copy).toMatchObject({ isDefault: false, messages: { nodes: [{}, { text: 'Hi' }, { text: 'ok' }] } });
  expect((await read(server, id)).messages).toEqual(source.messages);
  await sidebar.shows(copy.id, { lastMessage: { __typename: 'AssistantMessage', id: copy.messages.nodes[2]?.id } });
});
