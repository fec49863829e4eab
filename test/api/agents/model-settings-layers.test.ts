import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, send } from '../../harness/talk.ts';
import { ALL, createAgent, createConversation } from '../../harness/model-settings.ts';
import { UPDATE } from '../../harness/conversations.ts';

const PREVIEW = graphql(`
  query PreviewSettings($input: PreviewModelRequestInput!) {
    previewModelRequest(input: $input) {
      __typename
      ... on PreviewModelRequestPayload {
        model
        payload
      }
    }
  }
`);

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

test("a conversation's model comes with the settings of the conversation and of the send, not with the agent's", async () => {
  await using server = await startTestServer();
  const { id: agentId } = await createAgent(server, ALL);
  const { id } = await createConversation(server, agentId, { temperature: 1, reasoningEffort: null });
  const choose = (model: string | null) => server.execute(UPDATE, { input: { id, model } });
  await choose('other');
  const modelSettings = { topP: 0.1 };
  const { previewModelRequest } = await server.execute(PREVIEW, {
    input: { conversationId: id, text: '1', modelSettings },
  });
  await send(server, { conversationId: id, text: '1', wait: true, modelSettings });
  await choose(null);
  await send(server, { conversationId: id, text: '2', wait: true });
  const [one, two] = server.model.requests.map(({ body }) => body);
  const ofAgent = ['max_tokens', 'reasoning_effort', 'response_format'];
  for (const name of ofAgent) expect(one).not.toHaveProperty(name);
  expect(one).toMatchObject({ model: 'other', temperature: 1, top_p: 0.1 });
  expect(only(previewModelRequest, 'PreviewModelRequestPayload')).toEqual({
    __typename: 'PreviewModelRequestPayload',
    model: 'openai/other',
    payload: one,
  });
  expect(two).toMatchObject({ model: 'test', temperature: 1, top_p: 0.9, max_tokens: 7, reasoning_effort: 'low' });
});

test('an output limit is sent only where one was set', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await send(server, { conversationId, text: 'Hi', wait: true });
  expect(server.model.requests[0]?.body).not.toHaveProperty('max_tokens');
});
