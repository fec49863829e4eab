import { expect, test } from 'vitest';
import { blocksOf, createBlock, isolate, readBlock } from '../../harness/blocks.ts';
import { fork } from '../../harness/fork.ts';
import { fillJsonFields, JSON_FIELDS, jsonIn, refillJsonFields, REVERSED, TRICKY } from '../../harness/json-fields.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { only } from '../../harness/only.ts';
import { send } from '../../harness/talk.ts';
import { tryCreate } from '../../harness/tools.ts';

const given = JSON.stringify(TRICKY);
const reversed = JSON.stringify(REVERSED);

async function textsIn(server: TestServer, variables: object): Promise<string[]> {
  const { data } = await server.request(JSON_FIELDS, variables);
  return jsonIn(data).map((value) => JSON.stringify(value));
}

test('every field of JSON comes back in the key order in which it was given', async () => {
  await using server = await startTestServer();
  const variables = await fillJsonFields(server, TRICKY);
  expect(new Set(await textsIn(server, variables))).toEqual(new Set([given]));
});

test('JSON that is equal but for its order is shown as it was given last', async () => {
  await using server = await startTestServer();
  const variables = await fillJsonFields(server, TRICKY);
  await refillJsonFields(server, variables, REVERSED);
  const texts = await textsIn(server, variables);
  // The arguments of the call stay, and so does the first version of the block, which is the only one.
  expect(texts.filter((text) => text === given)).toHaveLength(2);
  expect(texts.filter((text) => text === reversed)).toHaveLength(texts.length - 2);
  const [block] = await blocksOf(server, variables.agentId);
  expect(await readBlock(server, block?.id ?? '')).toMatchObject({ version: 1 });
});

test('a model gets schemas in the key order in which they were given, as the preview shows them', async () => {
  await using server = await startTestServer();
  const { conversationId } = await fillJsonFields(server, TRICKY);
  const responseFormat = { type: 'JSON_SCHEMA' as const, name: 'n', schema: REVERSED };
  const input = {
    conversationId,
    text: 'Hi',
    clientTools: [{ name: 'mine', description: '', parameters: REVERSED }],
    modelSettings: { responseFormat },
  };
  const document = `query Preview($input: PreviewModelRequestInput!) {
    previewModelRequest(input: $input) { ... on PreviewModelRequestPayload { payload } }
  }`;
  const { data } = await server.request(document, { input });
  const before = server.model.requests.length;
  await send(server, { ...input, wait: true });
  const body = server.model.requests[before]?.body;
  expect(jsonIn(body).map((value) => JSON.stringify(value))).toEqual([reversed, given, reversed]);
  expect(jsonIn(data)).toHaveLength(3);
  expect(JSON.stringify(data)).toBe(JSON.stringify({ previewModelRequest: { payload: body } }));
});

test('forks and isolated copies keep the order', async () => {
  await using server = await startTestServer();
  const { agentId, conversationId } = await fillJsonFields(server, TRICKY);
  const { id } = await fork(server, { conversationId });
  const { block } = await isolate(server, agentId, 'notes');
  const document = `query Copies($id: ID!, $blockId: ID!) {
    conversation(id: $id) { modelSettings { responseFormat { schema } } }
    block(id: $blockId) { metadata history { nodes { metadata } } }
  }`;
  const { data } = await server.request(document, { id, blockId: block.id });
  expect(jsonIn(data).map((value) => JSON.stringify(value))).toEqual([given, given, given]);
});

test('what a server of the version before wrote is shown, and is sent to the model', async () => {
  await using server = await startTestServer();
  const { agentId, conversationId, toolId } = await fillJsonFields(server, TRICKY);
  const { db } = server.deps;
  const parameters = { type: 'object', properties: { later: {} } };
  await db.tool.update({ where: { id: toolId }, data: { parameters } });
  await db.agent.update({ where: { id: agentId }, data: { metadata: { later: 1 }, toolRules: [] } });
  const document = `query Later($id: ID!) {
    agent(id: $id) { metadata tools { tool { parameters } } toolRules { __typename } }
  }`;
  const { data } = await server.request(document, { id: agentId });
  expect(data).toEqual({ agent: { metadata: { later: 1 }, tools: [{ tool: { parameters } }], toolRules: [] } });
  const before = server.model.requests.length;
  await send(server, { conversationId, text: 'Hi', wait: true });
  expect(server.model.requests[before]?.body.tools).toMatchObject([{ function: { parameters } }]);
});

test('keys that mean something elsewhere are keys, and those that are whole numbers come first', async () => {
  await using server = await startTestServer();
  const inner = '"toString":null,"":0,"constructor":{"prototype":1},"toJSON":"x","then":1';
  const metadata = JSON.parse(`{"b":1,"10":1,"2":1,${inner},"01":1,"-1":1,"a":1}`) as Record<string, unknown>;
  const { id } = await createBlock(server, { metadata });
  const { data } = await server.request('query Keys($id: ID!) { block(id: $id) { metadata } }', { id });
  const expected = `{"2":1,"10":1,"b":1,${inner},"01":1,"-1":1,"a":1}`;
  expect(JSON.stringify(data)).toBe(`{"block":{"metadata":${expected}}}`);

  const literal = `mutation { updateBlock(input: { id: "${id}", metadata: { z: 1, a: [{ y: 1, x: 2 }] } }) {
    ... on UpdateBlockPayload { block { metadata version } }
  } }`;
  const shown = '{"metadata":{"z":1,"a":[{"y":1,"x":2}]},"version":2}';
  const answers = [await server.request(literal, {}), await server.request(literal, {})];
  for (const answer of answers) expect(JSON.stringify(answer.data)).toBe(`{"updateBlock":{"block":${shown}}}`);
});

test('the key __proto__, which would be dropped on the way, is refused', async () => {
  await using server = await startTestServer();
  const { issues } = only(
    await tryCreate(server, { parameters: JSON.parse('{"type":"object","properties":{"__proto__":{}}}') }),
    'InvalidInputError',
  );
  expect(issues).toEqual([{ path: ['parameters'], message: 'must hold no key __proto__' }]);
  const literal = `mutation { createBlock(input: { label: "a", value: "", metadata: { a: [{ __proto__: 1 }] } }) {
    ... on InvalidInputError { issues { path message } }
  } }`;
  const { data } = await server.request(literal, {});
  expect(data).toEqual({ createBlock: { issues: [{ path: ['metadata'], message: 'must hold no key __proto__' }] } });
});
