import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { captureExchanges } from '../../harness/capture.ts';
import { compact } from '../../harness/compact.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, type OwnServer } from '../../harness/server.ts';
import { send } from '../../harness/talk.ts';
import { create, modelOf, OFFLINE } from '../../harness/default-model.ts';

const NEXT_REQUEST = graphql(`
  query NextRequest($id: ID!) {
    conversation(id: $id) {
      contextWindow {
        limit
      }
    }
    previewModelRequest(input: { conversationId: $id, text: "Hi" }) {
      __typename
      ... on PreviewModelRequestPayload {
        model
      }
      ... on Error {
        message
      }
    }
  }
`);

/** A server without a worker, and a node on the same database whose default is a model of its own provider. */
async function startBoth() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startOwnServer({ ROLE: 'api' }));
  const models = [{ name: 'llama', contextWindow: 20_000 }];
  const PROVIDERS = JSON.stringify([{ name: 'local', baseUrl: server.model.baseUrl, models }]);
  const node = stack.use(await server.startNode({ PROVIDERS, DEFAULT_MODEL: 'local/llama' }));
  return { server, node, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('an agent that chose no model runs with the default of the server that carries the run, and shows it', async () => {
  await using both = await startBoth();
  const { server, node } = both;
  const agent = await create(server, {});
  expect(agent).toMatchObject({ model: 'openai/test', followsDefaultModel: true, contextWindow: 128_000 });
  const { id, defaultConversation } = agent;
  const conversationId = defaultConversation.id;
  expect(await modelOf(node, id)).toMatchObject({ model: 'local/llama', contextWindow: 20_000 });
  const { conversation, previewModelRequest } = await node.execute(NEXT_REQUEST, { id: conversationId });
  expect(only(previewModelRequest, 'PreviewModelRequestPayload').model).toBe('local/llama');
  expect(conversation?.contextWindow.limit).toBe(20_000);
  await send(server, { conversationId, text: 'Hi', wait: true });
  expect(server.model.requests.at(-1)?.body.model).toBe('llama');
  await captureExchanges(server, conversationId, 6);
  await compact(server, { conversationId });
  expect(server.model.requests.at(-1)?.body.model).toBe('llama');
});

test('an agent that chose a model keeps it, also where that was the default', async () => {
  await using both = await startBoth();
  const { server, node } = both;
  const agent = await create(server, { model: 'openai/test' });
  expect(agent).toMatchObject({ followsDefaultModel: false });
  expect(await modelOf(node, agent.id)).toEqual(await modelOf(server, agent.id));
  await send(server, { conversationId: agent.id, text: 'Hi', wait: true });
  expect(server.model.requests.at(-1)?.body.model).toBe('test');
});

/** What a node warns of at its start, if it has no provider but the offline one. */
async function warningsOf(server: OwnServer) {
  await using node = await server.startNode(OFFLINE);
  return node.logged.lines.filter(({ level, msg }) => level === 40 && String(msg).includes('not configured'));
}

test('agents whose chosen model is not configured are named in one warning at the start, 20 of them and how many there are', async () => {
  await using server = await startOwnServer({ ROLE: 'api' });
  await create(server, {});
  expect(await warningsOf(server)).toEqual([]);
  const { id } = await create(server, { name: 'Ada', model: 'openai/gpt-5' });
  const agents = [{ id, name: 'Ada', model: 'openai/gpt-5' }];
  expect(await warningsOf(server)).toMatchObject([{ count: 1, agents }]);
  for (let count = 0; count < 21; count++) await create(server, { name: `Bob ${count}`, model: 'openai/gpt-4.1' });
  const [warning, ...others] = await warningsOf(server);
  expect(others).toEqual([]);
  expect(warning).toMatchObject({
    count: 22,
    agents: expect.arrayContaining([expect.objectContaining({ name: 'Bob 20' })]),
  });
  expect(warning?.['agents']).toHaveLength(20);
});

test('a run of an agent whose chosen model is not configured fails with what to do', async () => {
  await using server = await startOwnServer({ ROLE: 'api' });
  const { id } = await create(server, { model: 'openai/gpt-5' });
  await using node = await server.startNode(OFFLINE);
  const run = await send(node, { conversationId: id, text: 'Hi', wait: true });
  expect(run.error).toEqual({
    code: 'LLM_MODEL_NOT_FOUND',
    message: expect.stringMatching(/openai\/gpt-5 is not configured.*updateAgent/),
  });
});
