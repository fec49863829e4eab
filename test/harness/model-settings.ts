import { graphql } from '../graphql/index.ts';
import type { ModelSettingsInput } from '../graphql/graphql.ts';
import { only } from './only.ts';
import { type TestServer } from './server.ts';

export const SETTINGS_AGENT = graphql(`
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

export const SETTINGS_CONVERSATION = graphql(`
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

export const FORMAT = {
  type: 'JSON_SCHEMA' as const,
  name: 'fox',
  schema: { type: 'object', properties: { colour: { type: 'string' } } },
  strict: true,
};

export const ALL: ModelSettingsInput = {
  temperature: 0.5,
  topP: 0.9,
  maxOutputTokens: 7,
  reasoningEffort: 'LOW',
  parallelToolCalls: false,
  responseFormat: FORMAT,
};

export async function createAgent(server: TestServer, modelSettings: ModelSettingsInput | null) {
  const { createAgent } = await server.execute(SETTINGS_AGENT, { input: { name: 'Ada', modelSettings } });
  return only(createAgent, 'CreateAgentPayload').agent;
}

export async function createConversation(
  server: TestServer,
  agentId: string,
  modelSettings: ModelSettingsInput | null,
) {
  const result = await server.execute(SETTINGS_CONVERSATION, { input: { agentId, modelSettings } });
  return only(result.createConversation, 'CreateConversationPayload').conversation;
}
