import { expect, test } from 'vitest';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { create, modelOf, tryUpdate } from '../../harness/default-model.ts';

const DEFAULT = { model: 'openai/test', followsDefaultModel: true, contextWindow: 128_000 };

async function update(server: TestServer, input: { id: string; model?: string | null; contextWindow?: number }) {
  return only(await tryUpdate(server, input), 'UpdateAgentPayload').agent;
}

test('the agent of the first start follows the default', async () => {
  await using server = await startTestServer();
  const { data } = await server.request<{ agents: { nodes: unknown[] } }, object>(
    '{ agents { nodes { model followsDefaultModel contextWindow } } }',
    {},
  );
  expect(data?.agents.nodes).toEqual([DEFAULT]);
});

test('null is the choice to follow the default, and ends the choice of a model', async () => {
  await using server = await startTestServer();
  const { id } = await create(server, { model: null });
  expect(await modelOf(server, id)).toMatchObject(DEFAULT);
  const chosen = { model: 'openai/gpt-4.1', followsDefaultModel: false, contextWindow: 1_047_576 };
  expect(await update(server, { id, model: 'gpt-4.1' })).toMatchObject(chosen);
  expect(await update(server, { id })).toMatchObject(chosen);
  expect(await update(server, { id, model: null })).toMatchObject(DEFAULT);
  expect(await update(server, { id, model: 'test' })).toMatchObject({ ...DEFAULT, followsDefaultModel: false });
});

test('a window that was chosen is kept while the model is the same, and is the default’s own at most', async () => {
  await using server = await startTestServer();
  const { id } = await create(server, { contextWindow: 9000 });
  const small = { ...DEFAULT, contextWindow: 9000 };
  expect(await modelOf(server, id)).toMatchObject(small);
  expect(await update(server, { id, model: 'test' })).toMatchObject({ ...small, followsDefaultModel: false });
  expect(await update(server, { id, model: null })).toMatchObject(small);
  expect(await update(server, { id, model: 'gpt-4.1' })).toMatchObject({ contextWindow: 1_047_576 });
  expect(await update(server, { id, model: null, contextWindow: 5000 })).toMatchObject({ contextWindow: 5000 });
  const { message } = only(await tryUpdate(server, { id, model: null, contextWindow: 128_001 }), 'InvalidInputError');
  expect(message).toMatch(/openai\/test takes at most 128000 tokens/);
});
