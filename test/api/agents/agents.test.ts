import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { FIRST_AGENT } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, history, send } from '../../harness/talk.ts';
import { CREATE, UPDATE, AGENT } from '../../harness/agents.ts';

const DELETE = graphql(`
  mutation DeleteAgent($id: ID!) {
    deleteAgent(input: { id: $id }) {
      __typename
      ... on DeleteAgentPayload {
        deletedId
      }
      ... on Error {
        code
      }
    }
  }
`);

async function firstAgent(server: TestServer) {
  const { agents } = await server.execute(FIRST_AGENT, {});
  return server.execute(AGENT, { id: agents.nodes[0]?.id ?? '' });
}

test('the first start made an agent to talk to, and one viewer', async () => {
  await using server = await startTestServer();
  const { agent, viewer } = await firstAgent(server);
  const id = await firstConversation(server);
  expect(agent).toMatchObject({ name: 'Parley', model: 'openai/test', defaultConversation: { id, isDefault: true } });
  expect(viewer).toMatchObject({ id: expect.stringMatching(/^user-/), organizationId: expect.stringMatching(/^org-/) });
});

test('deleting an agent takes its conversations and their runs along', async () => {
  await using server = await startTestServer();
  const { agent } = only((await server.execute(CREATE, { input: { name: 'Ada' } })).createAgent, 'CreateAgentPayload');
  const conversationId = agent.defaultConversation.id;
  const next = server.model.nextCall();
  await send(server, { conversationId, text: 'Hi' });
  const call = await next;
  const { deleteAgent } = await server.execute(DELETE, { id: agent.id });
  expect(only(deleteAgent, 'DeleteAgentPayload').deletedId).toBe(agent.id);
  await call.closed;
  expect((await server.execute(AGENT, { id: agent.id })).agent).toBeNull();
  await expect(history(server, conversationId)).rejects.toThrow('gone');
  await expect(history(server, agent.id)).rejects.toThrow('gone');
  for (const id of [agent.id, 'agent-x'])
    expect((await server.execute(DELETE, { id })).deleteAgent.__typename).toBe('NotFoundError');
  expect((await server.execute(UPDATE, { input: { id: agent.id, name: 'x' } })).updateAgent.__typename).toBe(
    'NotFoundError',
  );
});

test('a run leaves its time and its stop reason on the agent', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  await send(server, { conversationId, text: 'Hi', wait: true });
  server.model.answers({ status: 400 });
  await send(server, { conversationId, text: 'Hi', wait: true });
  const { agent } = await firstAgent(server);
  expect(agent).toMatchObject({ lastStopReason: 'LLM_API_ERROR', lastRunCompletion: expect.any(String) });
});

test('models are those that are configured', async () => {
  const providers = [
    { name: 'local', baseUrl: 'http://127.0.0.1:9/v1', models: [{ name: 'meta/llama', contextWindow: 8000 }] },
  ];
  await using server = await startOwnServer({
    OPENAI_API_KEY: '',
    OPENAI_BASE_URL: '',
    DEFAULT_MODEL: '',
    PROVIDERS: JSON.stringify(providers),
  });
  const { agent, models } = await firstAgent(server);
  expect(models).toEqual([{ handle: 'local/meta/llama', provider: 'local', name: 'meta/llama', contextWindow: 8000 }]);
  expect(agent).toMatchObject({ model: 'local/meta/llama', contextWindow: 8000 });
});
