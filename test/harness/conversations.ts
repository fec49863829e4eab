import { graphql } from '../graphql/index.ts';
import { type TestServer } from './server.ts';
import { firstConversation } from './talk.ts';

export const CREATE = graphql(`
  mutation CreateConversation($input: CreateConversationInput!) {
    createConversation(input: $input) {
      __typename
      ... on CreateConversationPayload {
        conversation {
          ...ConversationFields
        }
      }
      ... on Error {
        code
        message
      }
      ... on InvalidInputError {
        issues {
          path
        }
      }
    }
  }

  fragment ConversationFields on Conversation {
    id
    isDefault
    summary
    model
    modelSettings {
      temperature
    }
    status
    lastRunCompletion
    lastMessageAt
    lastActivityAt
    createdAt
    agent {
      id
    }
    isolatedBlocks {
      id
      label
      value
    }
    contextMessages {
      __typename
    }
  }
`);

export async function agentId(server: TestServer): Promise<string> {
  const { conversation } = await server.execute(READ, { id: await firstConversation(server) });
  return conversation!.agent.id;
}

export const UPDATE = graphql(`
  mutation UpdateConversation($input: UpdateConversationInput!) {
    updateConversation(input: $input) {
      __typename
      ... on UpdateConversationPayload {
        conversation {
          ...ConversationFields
        }
      }
      ... on Error {
        code
      }
    }
  }
`);

export const READ = graphql(`
  query ReadConversation($id: ID!) {
    conversation(id: $id) {
      ...ConversationFields
    }
  }
`);

export const LIST = graphql(`
  query ListConversations($first: Int, $after: String, $last: Int, $before: String) {
    conversations(first: $first, after: $after, last: $last, before: $before) {
      totalCount
      nodes {
        id
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);
