import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import type { ModelSettingsInput } from '../../graphql/graphql.ts';
import { SEND } from '../../harness/documents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import {
  SETTINGS_AGENT,
  SETTINGS_CONVERSATION,
  FORMAT,
  ALL,
  createAgent,
  createConversation,
} from '../../harness/model-settings.ts';

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
