import { expect, test } from 'vitest';
import { FIRST_AGENT, RUN_EVENTS, SEND } from '../../harness/documents.ts';
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
  textOf,
  typesOf,
} from '../../harness/talk.ts';

test('an answer streams, and its deltas are the text that is stored', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers({ reasoning: 'Let me ' }, { reasoning: 'think.' }, 'Hello', ' 👋', ' world');
  const run = await send(server, { conversationId, text: 'Hi', otid: 'mine' });
  const edges = await runEvents(server, run.id);

  const shape = typesOf(edges).filter((type, index, all) => type !== all[index - 1]);
  expect(shape).toEqual([
    'RunQueued',
    'MessageAdded',
    'RunStarted',
    'ReasoningDelta',
    'AssistantTextDelta',
    'MessageAdded',
    'RunFinished',
  ]);
  expect(textOf(edges, 'ReasoningDelta')).toBe('Let me think.');
  expect(textOf(edges)).toBe('Hello 👋 world');
  expect(edges.at(-1)?.node).toMatchObject({
    status: 'COMPLETED',
    stopReason: 'END_TURN',
    usage: { totalTokens: expect.any(Number) },
  });
  expect(edges.every(({ runId }) => runId === run.id)).toBe(true);

  const { messages, status, activeRun } = await history(server, conversationId);
  expect(messages.nodes).toMatchObject([
    { __typename: 'SystemMessage', position: 1 },
    { __typename: 'UserMessage', position: 2, text: 'Hi', otid: 'mine' },
    { __typename: 'ReasoningMessage', position: 3, text: 'Let me think.', isPartial: false },
    { __typename: 'AssistantMessage', position: 4, text: 'Hello 👋 world', isPartial: false, model: 'openai/test' },
  ]);
  expect({ status, activeRun }).toEqual({ status: 'IDLE', activeRun: null });
  const deltas = edges.flatMap(({ node }) => ('messageId' in node ? [node.messageId] : []));
  expect(new Set(deltas)).toEqual(new Set(messages.nodes.slice(2).map(({ id }) => id)));
});

test('with wait the answer is there when the mutation returns', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers('done');
  expect(await send(server, { conversationId, text: 'Hi', wait: true })).toMatchObject({
    status: 'COMPLETED',
    stopReason: 'END_TURN',
  });
  expect((await history(server, conversationId)).messages.nodes.at(-1)).toMatchObject({ text: 'done' });
});

test('a run goes on when nobody watches', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const next = server.model.nextCall();
  const run = await send(server, { conversationId, text: 'Hi' });
  const call = await next;
  call.says('one ');
  for await (const _ of server.subscribe(RUN_EVENTS, { runId: run.id })) break;
  call.says('two');
  call.stops();
  expect(textOf(await runEvents(server, run.id))).toBe('one two');
});

test('the conversation remembers, and conversations of one agent do not share', async () => {
  await using server = await startTestServer();
  const [first, second] = [await newConversation(server), await newConversation(server)];
  for (const [conversationId, text] of [
    [first, 'apple'],
    [second, 'pear'],
    [first, 'which?'],
  ] as const) {
    await send(server, { conversationId, text, wait: true });
  }
  const seen = server.model.requests.map(({ body }) => body.messages.slice(1).map(({ content }) => content));
  expect(seen).toEqual([['apple'], ['pear'], ['apple', 'ok', 'which?']]);
  const systems = server.model.requests.map(({ body }) => body.messages[0]);
  expect(systems[0]).toMatchObject({ role: 'system', content: expect.stringContaining(first) });
  expect(systems[1]).toMatchObject({ role: 'system', content: expect.stringContaining(second) });
});

test('an agent id means its default conversation', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const { agents } = await server.execute(FIRST_AGENT, {});
  const agentId = agents.nodes[0]!.id;
  const edges = eventsUntil(server, { conversationId: agentId }, isEnd);
  await send(server, { conversationId: agentId, text: 'Hi', wait: true });
  expect(typesOf(await edges).at(-1)).toBe('RunFinished');
  expect((await history(server, agentId)).id).toBe(conversationId);
});

test('several messages of one send are kept apart, each with its own otid', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const messages = [
    { text: 'Speak French.', role: 'SYSTEM' as const, otid: 'a' },
    { content: [{ text: 'Bonjour' }, { text: 'Ça va ?' }], name: 'ada', otid: 'b' },
  ];
  const { sendMessage } = await server.execute(SEND, { input: { conversationId, messages, wait: true } });
  expect(only(sendMessage, 'SendMessagePayload').inputMessages).toMatchObject([
    { kind: 'SYSTEM', position: 2, otid: 'a' },
    { kind: 'USER', position: 3, otid: 'b' },
  ]);
  expect(server.model.requests[0]?.body.messages.slice(1)).toMatchObject([
    { role: 'system', content: 'Speak French.' },
    { role: 'user', content: 'Bonjour\n\nÇa va ?', name: 'ada' },
  ]);
});

test('a call of a tool that does not exist is told to the model, paired with its return', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers('Let me look.', { toolCall: { name: 'search', arguments: { q: 'x' } } });
  server.model.answers('I cannot search.');
  const run = await send(server, { conversationId, text: 'Find x', wait: true });
  expect(run).toMatchObject({ status: 'COMPLETED', stopReason: 'END_TURN' });
  const [, second] = server.model.requests.map(({ body }) => body.messages);
  const [call, answer] = second!.slice(-2);
  expect(call).toMatchObject({
    role: 'assistant',
    content: 'Let me look.',
    tool_calls: [{ function: { name: 'search', arguments: '{"q":"x"}' } }],
  });
  expect(answer).toMatchObject({ role: 'tool', content: expect.stringContaining('no tool "search"') });
  expect(call?.tool_calls).toMatchObject([{ id: answer?.tool_call_id }]);
  const failed = { name: 'search', status: 'FAILED', result: expect.stringContaining('no tool') };
  expect((await history(server, conversationId)).messages.nodes.slice(2)).toMatchObject([
    { __typename: 'AssistantMessage', text: 'Let me look.' },
    { __typename: 'ToolCallMessage', toolCalls: [failed] },
    { __typename: 'ToolReturnMessage', toolCalls: [failed] },
    { __typename: 'AssistantMessage', text: 'I cannot search.' },
  ]);
  await send(server, { conversationId, text: 'Thanks', wait: true });
  expect(server.model.requests[2]?.body.messages.slice(2, 5)).toMatchObject([
    { role: 'assistant' },
    { role: 'tool' },
    { role: 'assistant' },
  ]);
});

test('a run that only calls tools stops at maxSteps, and the next send works', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  for (let step = 0; step < 3; step++) server.model.answers({ toolCall: { name: 'again', arguments: {} } });
  const run = await send(server, { conversationId, text: 'Go', wait: true, maxSteps: 2 });
  expect(run).toMatchObject({ status: 'COMPLETED', stopReason: 'MAX_STEPS' });
  expect((await readRun(server, run.id)).stepCount).toBe(2);
  expect(server.model.requests).toHaveLength(2);
});
