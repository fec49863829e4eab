import type { CreateAgentInput, UpdateAgentInput } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import { expect } from 'vitest';
import type { TestClient } from './client.ts';
import { only } from './only.ts';

/** The configuration of a server that has the offline model alone. */
export const OFFLINE = { OPENAI_API_KEY: '', OPENAI_BASE_URL: '', DEFAULT_MODEL: '' };

const CREATE = graphql(`
  mutation CreateModelAgent($input: CreateAgentInput!) {
    createAgent(input: $input) {
      __typename
      ... on CreateAgentPayload {
        agent {
          ...ModelAgent
        }
      }
      ... on Error {
        message
      }
    }
  }

  fragment ModelAgent on Agent {
    id
    model
    followsDefaultModel
    contextWindow
    defaultConversation {
      id
    }
  }
`);

const UPDATE = graphql(`
  mutation UpdateModelAgent($input: UpdateAgentInput!) {
    updateAgent(input: $input) {
      __typename
      ... on UpdateAgentPayload {
        agent {
          ...ModelAgent
        }
      }
      ... on Error {
        message
      }
    }
  }
`);

const READ = graphql(`
  query ReadModelAgent($id: ID!) {
    agent(id: $id) {
      ...ModelAgent
    }
  }
`);

export async function create(client: TestClient, input: Partial<CreateAgentInput>) {
  const { createAgent } = await client.execute(CREATE, { input: { name: 'Ada', ...input } });
  return only(createAgent, 'CreateAgentPayload').agent;
}

/** The result, whichever it is. */
export async function tryUpdate(client: TestClient, input: UpdateAgentInput) {
  return (await client.execute(UPDATE, { input })).updateAgent;
}

/** The agent, with what it says of its model. */
export async function modelOf(client: TestClient, id: string) {
  return (await client.execute(READ, { id })).agent ?? expect.fail('the agent is gone');
}
