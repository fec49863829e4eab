import { expect, test } from 'vitest';
import { only } from '../../harness/only.ts';
import { startOwnServer, startTestServer } from '../../harness/server.ts';
import { history, send } from '../../harness/talk.ts';
import { CREATE, UPDATE, AGENT } from '../../harness/agents.ts';

test('the model is given the instructions and the blocks, and their changes with the next run', async () => {
  await using server = await startTestServer();
  const input = {
    name: 'Ada',
    system: 'Be brief.',
    blocks: [{ label: 'human', value: 'Likes tea', description: 'Who it talks to', readOnly: true }],
  };
  const { agent } = only((await server.execute(CREATE, { input })).createAgent, 'CreateAgentPayload');
  const conversationId = agent.defaultConversation.id;
  await send(server, { conversationId, text: '1', wait: true });
  await server.execute(UPDATE, { input: { id: agent.id, system: 'Be long.' } });
  await send(server, { conversationId, text: '2', wait: true });
  const [before, after] = server.model.requests.map(({ body }) => body.messages[0]?.content);
  for (const part of [
    'Be brief.',
    '<human>',
    'Likes tea',
    'Who it talks to',
    'read_only=true',
    'chars_current=9',
    agent.id,
    conversationId,
  ]) {
    expect(before).toContain(part);
  }
  expect(after).toBe(before?.replace('Be brief.', 'Be long.'));
  const { messages } = await history(server, conversationId);
  expect(messages.nodes[0]).toMatchObject({ position: 1, text: after });
  expect(messages.nodes).toHaveLength(5);
});

test('an update changes what is given, and null clears what can be null', async () => {
  await using server = await startTestServer();
  const input = {
    name: 'Ada',
    description: 'd',
    modelSettings: { temperature: 0.3 },
    metadata: { a: 1 },
    contextWindow: 9000,
  };
  const { agent } = only((await server.execute(CREATE, { input })).createAgent, 'CreateAgentPayload');
  const update = async (fields: object) =>
    only((await server.execute(UPDATE, { input: { id: agent.id, ...fields } })).updateAgent, 'UpdateAgentPayload')
      .agent;
  expect(await update({ name: 'Bob' })).toMatchObject({ ...input, name: 'Bob' });
  expect(await update({ description: null, modelSettings: null, metadata: {}, hidden: true })).toMatchObject({
    description: null,
    modelSettings: null,
    metadata: {},
    hidden: true,
  });
  expect(await update({ model: 'gpt-4.1-mini' })).toMatchObject({
    model: 'openai/gpt-4.1-mini',
    contextWindow: 1_047_576,
  });
  for (const fields of [{ name: null }, { system: null }, { model: 'nobody/x' }]) {
    expect((await server.execute(UPDATE, { input: { id: agent.id, ...fields } })).updateAgent.__typename).toBe(
      'InvalidInputError',
    );
  }
});

test('a window never is above that of the model, which may be changed with it', async () => {
  const models = [
    { name: 'small', contextWindow: 8000 },
    { name: 'large', contextWindow: 64_000 },
  ];
  const PROVIDERS = JSON.stringify([{ name: 'local', baseUrl: 'http://127.0.0.1:9/v1', models }]);
  await using server = await startOwnServer({ PROVIDERS });
  const input = { name: 'Ada', model: 'local/large', contextWindow: 20_000 };
  const { agent } = only((await server.execute(CREATE, { input })).createAgent, 'CreateAgentPayload');
  const update = async (fields: object) =>
    (await server.execute(UPDATE, { input: { id: agent.id, ...fields } })).updateAgent;
  for (const fields of [{ contextWindow: 64_001 }, { model: 'local/small', contextWindow: 8001 }]) {
    const { message } = only(await update(fields), 'InvalidInputError');
    expect(message).toMatch(/^contextWindow: .* at most (64000|8000) tokens/);
  }
  expect((await server.execute(AGENT, { id: agent.id })).agent).toMatchObject(input);
  const smaller = only(await update({ model: 'local/small' }), 'UpdateAgentPayload').agent;
  expect(smaller).toMatchObject({ model: 'local/small', contextWindow: 8000 });
  const both = only(await update({ model: 'local/large', contextWindow: 64_000 }), 'UpdateAgentPayload').agent;
  expect(both).toMatchObject({ model: 'local/large', contextWindow: 64_000 });
});

test('updates of different fields at once all hold', async () => {
  await using server = await startTestServer();
  const { agent } = only((await server.execute(CREATE, { input: { name: 'Ada' } })).createAgent, 'CreateAgentPayload');
  const updates = [{ name: 'Bob' }, { model: 'gpt-4.1-mini' }, { description: 'd' }, { tags: ['t'] }];
  for (let round = 0; round < 5; round++) {
    await server.execute(UPDATE, { input: { id: agent.id, name: 'Ada', model: 'other', description: null, tags: [] } });
    await Promise.all(updates.map((fields) => server.execute(UPDATE, { input: { id: agent.id, ...fields } })));
    const after = (await server.execute(AGENT, { id: agent.id })).agent;
    expect(after).toMatchObject({
      name: 'Bob',
      model: 'openai/gpt-4.1-mini',
      contextWindow: 1_047_576,
      description: 'd',
      tags: ['t'],
    });
  }
});
