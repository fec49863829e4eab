import { expect, test } from 'vitest';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, send } from '../../harness/talk.ts';
import { ALL, createAgent, createConversation } from '../../harness/model-settings.ts';

test('a send goes above the conversation, which goes above the agent, setting by setting', async () => {
  await using server = await startTestServer();
  const { id: agentId } = await createAgent(server, ALL);
  const { id: conversationId } = await createConversation(server, agentId, {
    temperature: 1,
    responseFormat: { type: 'JSON_OBJECT' },
  });
  await send(server, { conversationId, text: '1', wait: true });
  await send(server, { conversationId, text: '2', wait: true, modelSettings: { temperature: 0, topP: null } });
  const responseFormat = { type: 'TEXT' as const };
  await send(server, { conversationId, text: '3', wait: true, modelSettings: { responseFormat } });
  const [one, two, three] = server.model.requests.map(({ body }) => body);
  const agents = { top_p: 0.9, max_tokens: 7, reasoning_effort: 'low' };
  expect(one).toMatchObject({ ...agents, temperature: 1, response_format: { type: 'json_object' } });
  expect(two).toMatchObject({ ...agents, temperature: 0, response_format: { type: 'json_object' } });
  expect(three).toMatchObject({ ...agents, temperature: 1, response_format: { type: 'text' } });
});

test("a send's model comes with the settings of the send alone", async () => {
  await using server = await startTestServer();
  const { id: agentId } = await createAgent(server, ALL);
  const { id: conversationId } = await createConversation(server, agentId, ALL);
  await send(server, { conversationId, text: '1', wait: true, model: 'other', modelSettings: { topP: 0.1 } });
  await send(server, { conversationId, text: '2', wait: true });
  const [one, two] = server.model.requests.map(({ body }) => body);
  const names = ['temperature', 'max_tokens', 'reasoning_effort', 'response_format'];
  for (const name of names) expect(one).not.toHaveProperty(name);
  expect(one).toMatchObject({ model: 'other', top_p: 0.1 });
  expect(two).toMatchObject({ model: 'test', top_p: 0.9, temperature: 0.5, max_tokens: 7 });
});

test('an output limit is sent only where one was set', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await send(server, { conversationId, text: 'Hi', wait: true });
  expect(server.model.requests[0]?.body).not.toHaveProperty('max_tokens');
});
