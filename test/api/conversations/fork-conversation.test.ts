import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { Message } from '../../../src/store/generated/client.ts';
import type { SendMessageInput } from '../../graphql/graphql.ts';
import { createBlockAgent, isolate, updateBlock } from '../../harness/blocks.ts';
import { compactByHand } from '../../harness/compact-by-hand.ts';
import { undoCompaction } from '../../harness/compaction.ts';
import { essence, fork, readFork, tryFork } from '../../harness/fork.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { openSidebar } from '../../harness/sidebar.ts';
import { eventsUntil, firstConversation, newConversation, runEvents, send } from '../../harness/talk.ts';

async function conversationOf(server: TestServer, ...texts: string[]) {
  const id = await newConversation(server);
  for (const text of texts) await send(server, { conversationId: id, text, wait: true });
  return id;
}

async function read(server: TestServer, id: string) {
  return (await readFork(server, id)) ?? expect.fail('the conversation is gone');
}

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

test('a tool call is copied with its return, and both outlive the source', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  server.model.answers('Let me look.', { toolCall: { name: 'search', arguments: { q: 'x' } } });
  server.model.answers('Nothing there.');
  await send(server, { conversationId: id, text: 'Find x', wait: true });
  const { nodes } = (await read(server, id)).messages;
  const call = nodes.find((message) => message.__typename === 'ToolCallMessage') ?? expect.fail('no call');
  const copy = await fork(server, { conversationId: id, throughMessageId: call.id });
  expect(copy.messages.nodes.slice(1).map(essence)).toEqual(nodes.slice(1, 5).map(essence));
  expect(copy.messages.nodes.at(-1)).toMatchObject({
    __typename: 'ToolReturnMessage',
    toolCalls: [{ name: 'search', status: 'FAILED' }],
  });

  const remove = 'mutation ($id: ID!) { deleteConversation(input: { id: $id }) { __typename } }';
  const nodeIds = call.toolCalls.map((one) => one.id).concat(call.step?.id ?? '');
  const readNodes = async () => (await server.request(NODES, { ids: nodeIds })).data;
  await server.request(remove, { id });
  expect(await read(server, copy.id)).toMatchObject({ messages: copy.messages });
  expect(await readNodes()).toEqual({ nodes: nodeIds.map((one) => ({ id: one })) });
  await send(server, { conversationId: copy.id, text: 'And now?', wait: true });
  const asked = server.model.requests.at(-1)?.body.messages ?? [];
  expect(asked.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'user']);
  await server.request(remove, { id: copy.id });
  expect(await readNodes()).toEqual({ nodes: nodeIds.map(() => null) });
});

const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';

test('an answer whose calls have no return yet is left out', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const id = await newConversation(server);
  server.model.answers('Let me look.', { toolCall: { name: 'search', arguments: {} } });
  await send(server, { conversationId: id, text: 'Find x', wait: true });
  // As it is while a tool is at work.
  await db.message.deleteMany({ where: { conversationId: id, position: { gt: 4 } } });
  const call = await db.message.findFirstOrThrow({ where: { conversationId: id, kind: 'TOOL_CALL' } });
  for (const throughMessageId of [call.id, null]) {
    const copy = await fork(server, { conversationId: id, throughMessageId });
    expect(copy.messages.nodes).toMatchObject([{}, { text: 'Find x' }]);
    expect((await send(server, { conversationId: copy.id, text: 'on', wait: true })).status).toBe('COMPLETED');
  }
});

test('while a run goes on, what has been said is copied; what is being said, and what waits, is not', async () => {
  await using server = await startTestServer();
  const id = await conversationOf(server, 'one');
  const next = server.model.nextCall();
  const run = await send(server, { conversationId: id, text: 'two' });
  const call = await next;
  call.says('half of ');
  await eventsUntil(server, { conversationId: id }, ({ node }) => node.__typename === 'AssistantTextDelta');
  const queued: SendMessageInput = { conversationId: id, text: 'three', onBusy: 'ENQUEUE', otid: 'queued' };
  const later = await send(server, queued);
  const copy = await fork(server, { conversationId: id });
  expect(copy).toMatchObject({ status: 'IDLE', lastRun: null });
  expect(copy.messages.nodes).toMatchObject([{}, { text: 'one' }, { text: 'ok' }, { text: 'two' }]);
  const waiting = await server.deps.db.message.findFirstOrThrow({
    where: { organizationId: server.viewer.organizationId, otid: 'queued' },
  });
  only(await tryFork(server, { conversationId: id, throughMessageId: waiting.id }), 'NotFoundError');
  call.says('it');
  call.stops();
  for (const { id: runId } of [run, later]) await runEvents(server, runId);
  expect((await read(server, id)).messages.nodes.at(4)).toMatchObject({ text: 'half of it' });
  expect((await read(server, copy.id)).messages.nodes).toHaveLength(4);
  expect(await probeQuiet(server)).toEqual([]);
});

test('however often it is forked while runs go on, each fork is a beginning of the source without a call that has no return', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  for (let turn = 0; turn < 2; turn++) {
    server.model.answers('Let me look.', { toolCall: { name: 'search', arguments: {} } });
    server.model.answers('Nothing there.');
  }
  let isOver = false;
  const talk = async () => {
    for (let turn = 0; turn < 2; turn++) await send(server, { conversationId: id, text: `turn ${turn}`, wait: true });
    isOver = true;
  };
  const forks: Awaited<ReturnType<typeof fork>>[] = [];
  const forking = async () => {
    while (!isOver) forks.push(await fork(server, { conversationId: id }));
  };
  await Promise.all([talk(), forking()]);
  const whole = (await read(server, id)).messages.nodes.slice(1).map(essence);
  expect(whole).toHaveLength(10);
  for (const { messages } of forks) {
    const copies = messages.nodes.slice(1).map(essence);
    expect(copies).toEqual(whole.slice(0, copies.length));
    expect(copies.at(-1)?.__typename).not.toBe('ToolCallMessage');
  }
  expect(await probeQuiet(server)).toEqual([]);
});

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

const UPDATE = 'mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { __typename } }';

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

const withoutIds = ({ id: _id, conversationId: _conversationId, ...rest }: Message) => rest;

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
