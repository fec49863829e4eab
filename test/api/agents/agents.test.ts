import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import type { CreateAgentInput } from '../../graphql/graphql.ts';
import { FIRST_AGENT } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startOwnServer, startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, history, send } from '../../harness/talk.ts';

const CREATE = graphql(`
  mutation CreateAgent($input: CreateAgentInput!) {
    createAgent(input: $input) {
      __typename
      ... on CreateAgentPayload {
        agent {
          ...AgentFields
        }
      }
      ... on Error {
        code
        message
      }
      ... on InvalidInputError {
        issues {
          path
          message
        }
      }
    }
  }

  fragment AgentFields on Agent {
    id
    name
    description
    system
    model
    modelSettings {
      temperature
      reasoningEffort
    }
    contextWindow
    tags
    metadata
    timezone
    hidden
    lastRunCompletion
    lastStopReason
    createdAt
    updatedAt
    blocks {
      id
      label
      value
      limit
      readOnly
      version
    }
    defaultConversation {
      id
      isDefault
    }
    conversations {
      totalCount
      nodes {
        id
      }
    }
  }
`);

const UPDATE = graphql(`
  mutation UpdateAgent($input: UpdateAgentInput!) {
    updateAgent(input: $input) {
      __typename
      ... on UpdateAgentPayload {
        agent {
          ...AgentFields
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`);

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

const AGENT = graphql(`
  query Agent($id: ID!) {
    agent(id: $id) {
      ...AgentFields
    }
    models {
      handle
      provider
      name
      contextWindow
    }
    viewer {
      id
      organizationId
      name
    }
  }
`);

test('the first start made an agent to talk to, and one viewer', async () => {
  await using server = await startTestServer();
  const { agent, viewer } = await firstAgent(server);
  const id = await firstConversation(server);
  expect(agent).toMatchObject({ name: 'Parley', model: 'openai/test', defaultConversation: { id, isDefault: true } });
  expect(viewer).toMatchObject({ id: expect.stringMatching(/^user-/), organizationId: expect.stringMatching(/^org-/) });
});

test('an agent has what it was created with, and defaults for the rest', async () => {
  await using server = await startTestServer();
  const input: CreateAgentInput = {
    name: 'Ada',
    description: 'd',
    system: '{"verbatim": true}',
    model: 'openai/gpt-4.1',
    modelSettings: { temperature: 0.3, reasoningEffort: 'LOW' },
    contextWindow: 9000,
    tags: ['a', 'b', 'a'],
    metadata: { k: [1, null], deep: nested(59) },
    timezone: 'Europe/Berlin',
    hidden: true,
    blocks: [
      { label: 'human', value: 'Grüße 👋', limit: 8 },
      { label: 'persona', value: '', readOnly: true },
    ],
  };
  const { agent } = only((await server.execute(CREATE, { input })).createAgent, 'CreateAgentPayload');
  expect(agent).toMatchObject({
    ...input,
    tags: ['a', 'b'],
    lastRunCompletion: null,
    lastStopReason: null,
    conversations: { totalCount: 1 },
    blocks: [
      { label: 'human', limit: 8, readOnly: false, version: 1 },
      { label: 'persona', limit: 100_000, readOnly: true },
    ],
  });
  expect((await server.execute(AGENT, { id: agent.id })).agent).toEqual(agent);

  const nulls = { system: null, model: null, tags: null, metadata: null, timezone: null, hidden: null, blocks: null };
  const plain = only(
    (await server.execute(CREATE, { input: { name: 'Plain', ...nulls } })).createAgent,
    'CreateAgentPayload',
  ).agent;
  expect(plain).toMatchObject({
    model: 'openai/test',
    modelSettings: null,
    contextWindow: 128_000,
    tags: [],
    metadata: {},
    timezone: 'UTC',
    hidden: false,
    blocks: [],
  });
});

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

/** That many arrays, one in the other. */
function nested(levels: number): unknown[] {
  let value: unknown[] = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

test('agents that cannot be are refused with every problem named', async () => {
  await using server = await startTestServer();
  const bad: [CreateAgentInput, string][] = [
    [{ name: ' ' }, 'name'],
    [{ name: 'a\0' }, 'name'],
    [{ name: 'a', model: 'nobody/x' }, 'model'],
    [{ name: 'a', timezone: 'Mars/Olympus' }, 'timezone'],
    [{ name: 'a', metadata: [] }, 'metadata'],
    [{ name: 'a', metadata: { k: ['a\0'] } }, 'metadata'],
    [{ name: 'a', metadata: { 'a\0': 1 } }, 'metadata'],
    [{ name: 'a', metadata: { a: nested(2000) } }, 'metadata'],
    [{ name: 'a', metadata: { a: nested(60) } }, 'metadata'],
    [{ name: 'a', model: 'a\0' }, 'model'],
    [{ name: 'a', contextWindow: 10 }, 'contextWindow'],
    [{ name: 'a', model: 'other', contextWindow: 128_001 }, 'contextWindow'],
    [{ name: 'a', blocks: [{ label: 'x', value: '123', limit: 2 }] }, 'blocks.0.value'],
    [
      {
        name: 'a',
        blocks: [
          { label: 'x', value: '' },
          { label: 'x', value: '' },
        ],
      },
      'blocks',
    ],
    [{ name: 'a', blocks: [{ label: '<b>', value: '' }] }, 'blocks.0.label'],
  ];
  for (const [input, path] of bad) {
    const { issues } = only((await server.execute(CREATE, { input })).createAgent, 'InvalidInputError');
    expect(
      issues.map((issue) => issue.path.join('.')),
      JSON.stringify(input),
    ).toEqual([path]);
  }
  const many = only(
    (await server.execute(CREATE, { input: { name: '', timezone: 'x' } })).createAgent,
    'InvalidInputError',
  );
  expect(many.issues).toHaveLength(2);
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

async function firstAgent(server: TestServer) {
  const { agents } = await server.execute(FIRST_AGENT, {});
  return server.execute(AGENT, { id: agents.nodes[0]?.id ?? '' });
}
