import { graphql } from '../graphql/index.ts';

export const CREATE = graphql(`
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

export const UPDATE = graphql(`
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

export const AGENT = graphql(`
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
