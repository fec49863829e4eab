import { expect, test } from 'vitest';
import type { SendMessageInput } from '../../graphql/graphql.ts';
import { essence, fork, tryFork } from '../../harness/fork.ts';
import { only } from '../../harness/only.ts';
import { probeQuiet } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { eventsUntil, newConversation, runEvents, send } from '../../harness/talk.ts';
import { conversationOf, read } from '../../harness/forks.ts';

const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';

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
