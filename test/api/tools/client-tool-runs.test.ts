import { expect, test } from 'vitest';
import { decide, pending, result } from '../../harness/decisions.ts';
import { probe } from '../../harness/probe.ts';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, history, readRun, runEvents, send } from '../../harness/talk.ts';

const clientTools = [
  {
    name: 'get_weather',
    description: 'Says how the weather is.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
];
const call = (given: object) => ({ toolCall: { name: 'get_weather', arguments: given } });

test("a client's tool waits for the client, whose result the model is told, and whose next message may have no tools", async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers(call({ city: 'Rome' }));
  server.model.answers('It is sunny in Rome.');
  const run = await send(server, { conversationId, text: 'How is it in Rome?', clientTools, wait: true });
  expect(run.status).toBe('REQUIRES_ACTION');
  expect(server.model.requests[0]?.body.tools).toContainEqual({ type: 'function', function: clientTools[0] });
  expect((await pending(server, run.id)).pendingToolCalls).toMatchObject([
    { name: 'get_weather', status: 'AWAITING_CLIENT', arguments: { city: 'Rome' } },
  ]);
  await decide(server, run.id, { get_weather: result('sunny, 31 °C') });
  await runEvents(server, run.id);
  const told = server.model.requests[1]?.body;
  expect(told?.messages.at(-1)).toMatchObject({ role: 'tool', content: 'sunny, 31 °C' });
  expect(told?.tools).toContainEqual({ type: 'function', function: clientTools[0] });
  const { messages } = await history(server, conversationId);
  expect(messages.nodes.map(({ __typename }) => __typename).slice(1)).toEqual([
    'UserMessage',
    'ApprovalRequestMessage',
    'ApprovalResponseMessage',
    'ToolReturnMessage',
    'AssistantMessage',
  ]);
  await send(server, { conversationId, text: 'Thanks.', wait: true });
  expect(server.model.requests[2]?.body.tools?.map(({ function: { name } }) => name)).not.toContain('get_weather');
  expect(await probe(server)).toEqual([]);
});

test('a result that is an error is told as one, and the run goes on', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers(call({ city: 'Rome' }));
  const run = await send(server, { conversationId, text: 'How is it?', clientTools, wait: true });
  await decide(server, run.id, { get_weather: result('The sensor is broken.', true) });
  await runEvents(server, run.id);
  expect(await readRun(server, run.id)).toMatchObject({ status: 'COMPLETED' });
  const { messages } = await history(server, conversationId);
  expect(messages.nodes.at(-2)).toMatchObject({
    toolCalls: [{ status: 'FAILED', result: 'The sensor is broken.' }],
  });
});

test('arguments that do not fit are told to the model, and the client is not asked', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers(call({ town: 'Rome' }));
  server.model.answers('Which city?');
  const run = await send(server, { conversationId, text: 'How is it?', clientTools, wait: true });
  expect(run.status).toBe('COMPLETED');
  expect(server.model.requests[1]?.body.messages.at(-1)).toMatchObject({
    role: 'tool',
    content: expect.stringMatching(/do not fit.*city/),
  });
});

test('a result is cut at the limit of the tool, with a mark', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers(call({ city: 'Rome' }));
  const run = await send(server, { conversationId, text: 'How is it?', clientTools, wait: true });
  const decision = result('x'.repeat(600_000));
  await decide(server, run.id, { get_weather: decision });
  await runEvents(server, run.id);
  const told = server.model.requests[1]?.body.messages.at(-1)?.content ?? '';
  expect(told).toMatch(/^x{50000}\n\[cut off: 550000 of 600000 characters are missing\]$/);
});
