import type { TestClient } from './client.ts';
import { graphql } from '../graphql/index.ts';
import { only } from './only.ts';

const MAKE = graphql(`
  mutation MakeDated($name: String!) {
    createAgent(input: { name: $name }) {
      __typename
      ... on CreateAgentPayload {
        agent {
          id
          defaultConversation {
            id
          }
        }
      }
    }
    createBlock(input: { label: "dated", value: "" }) {
      __typename
      ... on CreateBlockPayload {
        block {
          id
        }
      }
    }
    createTool(input: { name: $name, description: "", parameters: { type: "object" } }) {
      __typename
      ... on CreateToolPayload {
        tool {
          id
        }
      }
    }
  }
`);

const CHANGE = graphql(`
  mutation ChangeDated($agent: ID!, $conversation: ID!, $block: ID!, $tool: ID!, $text: String!) {
    updateAgent(input: { id: $agent, description: $text }) {
      __typename
    }
    updateConversation(input: { id: $conversation, summary: $text }) {
      __typename
    }
    updateBlock(input: { id: $block, value: $text }) {
      __typename
    }
    updateTool(input: { id: $tool, description: $text }) {
      __typename
    }
  }
`);

const DATES = graphql(`
  query Dates($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      ... on Agent {
        createdAt
        updatedAt
      }
      ... on Conversation {
        createdAt
        updatedAt
        lastActivityAt
      }
      ... on Block {
        createdAt
        updatedAt
      }
      ... on Tool {
        createdAt
        updatedAt
      }
    }
  }
`);

/** One of everything that says when it was changed last. */
export interface Dated {
  agent: string;
  conversation: string;
  block: string;
  tool: string;
}

export async function makeDated(client: TestClient, name: string): Promise<Dated> {
  const { createAgent, createBlock, createTool } = await client.execute(MAKE, { name });
  const { agent } = only(createAgent, 'CreateAgentPayload');
  return {
    agent: agent.id,
    conversation: agent.defaultConversation.id,
    block: only(createBlock, 'CreateBlockPayload').block.id,
    tool: only(createTool, 'CreateToolPayload').tool.id,
  };
}

export async function changeDated(client: TestClient, dated: Dated, text: string): Promise<void> {
  await client.execute(CHANGE, { ...dated, text });
}

export async function readDates(client: TestClient, dated: Dated) {
  const { nodes } = await client.execute(DATES, { ids: Object.values(dated) });
  return nodes.flatMap((node) => (node && 'updatedAt' in node ? [node] : []));
}
