import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import type { ModelSettingsInput } from '../../graphql/graphql.ts';
import { SEND } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, send } from '../../harness/talk.ts';

const SETTINGS_AGENT = graphql(`
  mutation SettingsAgent($input: CreateAgentInput!) {
    createAgent(input: $input) {
      __typename
      ... on CreateAgentPayload {
        agent {
          id
          modelSettings {
            ...Settings
          }
        }
      }
      ...SettingsIssues
    }
  }

  fragment Settings on ModelSettings {
    temperature
    topP
    maxOutputTokens
    reasoningEffort
    parallelToolCalls
    responseFormat {
      type
      name
      schema
      strict
    }
  }

  fragment SettingsIssues on InvalidInputError {
    issues {
      path
      message
    }
  }
`);

const SETTINGS_AGENT_UPDATE = graphql(`
  mutation SettingsAgentUpdate($input: UpdateAgentInput!) {
    updateAgent(input: $input) {
      __typename
      ... on UpdateAgentPayload {
        agent {
          modelSettings {
            ...Settings
          }
        }
      }
      ...SettingsIssues
    }
  }
`);

const SETTINGS_CONVERSATION = graphql(`
  mutation SettingsConversation($input: CreateConversationInput!) {
    createConversation(input: $input) {
      __typename
      ... on CreateConversationPayload {
        conversation {
          id
          modelSettings {
            ...Settings
          }
        }
      }
      ...SettingsIssues
    }
  }
`);

const SETTINGS_CONVERSATION_UPDATE = graphql(`
  mutation SettingsConversationUpdate($input: UpdateConversationInput!) {
    updateConversation(input: $input) {
      __typename
      ... on UpdateConversationPayload {
        conversation {
          modelSettings {
            ...Settings
          }
        }
      }
      ...SettingsIssues
    }
  }
`);

const FORMAT = {
  type: 'JSON_SCHEMA' as const,
  name: 'fox',
  schema: { type: 'object', properties: { colour: { type: 'string' } } },
  strict: true,
};
const ALL: ModelSettingsInput = {
  temperature: 0.5,
  topP: 0.9,
  maxOutputTokens: 7,
  reasoningEffort: 'LOW',
  parallelToolCalls: false,
  responseFormat: FORMAT,
};

const bad: [settings: ModelSettingsInput, path: string][] = [
  [{ temperature: 2.1 }, 'temperature'],
  [{ topP: -0.1 }, 'topP'],
  [{ maxOutputTokens: 0 }, 'maxOutputTokens'],
  [{ responseFormat: { type: 'JSON_SCHEMA' } }, 'responseFormat.schema'],
  [{ responseFormat: { ...FORMAT, schema: [1] } }, 'responseFormat.schema'],
  [{ responseFormat: { ...FORMAT, schema: { title: 'a\0' } } }, 'responseFormat.schema'],
  [{ responseFormat: { ...FORMAT, name: 'a fox' } }, 'responseFormat.name'],
  [{ responseFormat: { ...FORMAT, name: '' } }, 'responseFormat.name'],
  [{ responseFormat: { type: 'TEXT', schema: {} } }, 'responseFormat.schema'],
  [{ responseFormat: { type: 'JSON_OBJECT', strict: true } }, 'responseFormat.strict'],
];

async function createAgent(server: TestServer, modelSettings: ModelSettingsInput | null) {
  const { createAgent } = await server.execute(SETTINGS_AGENT, { input: { name: 'Ada', modelSettings } });
  return only(createAgent, 'CreateAgentPayload').agent;
}

async function createConversation(server: TestServer, agentId: string, modelSettings: ModelSettingsInput | null) {
  const result = await server.execute(SETTINGS_CONVERSATION, { input: { agentId, modelSettings } });
  return only(result.createConversation, 'CreateConversationPayload').conversation;
}

test('settings are given back as they were set, wherever that was', async () => {
  await using server = await startTestServer();
  const agent = await createAgent(server, ALL);
  expect(agent.modelSettings).toEqual(ALL);
  expect((await createConversation(server, agent.id, ALL)).modelSettings).toEqual(ALL);
  const fewer = { responseFormat: { type: 'TEXT' as const } };
  const updated = await server.execute(SETTINGS_AGENT_UPDATE, { input: { id: agent.id, modelSettings: fewer } });
  const nothing = Object.fromEntries(Object.keys(ALL).map((name) => [name, null]));
  expect(only(updated.updateAgent, 'UpdateAgentPayload').agent.modelSettings).toEqual({
    ...nothing,
    responseFormat: { type: 'TEXT', name: null, schema: null, strict: null },
  });
});

test('settings that cannot be are refused wherever they are given, and nothing is written', async () => {
  await using server = await startTestServer();
  const { id: agentId } = await createAgent(server, null);
  const { id: conversationId } = await createConversation(server, agentId, null);
  for (const [modelSettings, path] of bad) {
    const { createAgent } = await server.execute(SETTINGS_AGENT, { input: { name: 'Bob', modelSettings } });
    const { updateAgent } = await server.execute(SETTINGS_AGENT_UPDATE, { input: { id: agentId, modelSettings } });
    const { createConversation } = await server.execute(SETTINGS_CONVERSATION, { input: { agentId, modelSettings } });
    const { updateConversation } = await server.execute(SETTINGS_CONVERSATION_UPDATE, {
      input: { id: conversationId, modelSettings },
    });
    const { sendMessage } = await server.execute(SEND, { input: { conversationId, text: 'Hi', modelSettings } });
    for (const result of [createAgent, updateAgent, createConversation, updateConversation, sendMessage]) {
      const paths = only(result, 'InvalidInputError').issues.map((issue) => issue.path.join('.'));
      expect(paths, JSON.stringify(modelSettings)).toEqual([`modelSettings.${path}`]);
    }
  }
  const kept = { ...ALL, temperature: 0 };
  const after = await server.execute(SETTINGS_CONVERSATION_UPDATE, {
    input: { id: conversationId, modelSettings: kept },
  });
  expect(only(after.updateConversation, 'UpdateConversationPayload').conversation.modelSettings).toEqual(kept);
});

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
