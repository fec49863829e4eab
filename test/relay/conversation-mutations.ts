import { graphql } from 'relay-runtime';

graphql`
  mutation CreateConversationMutation($input: CreateConversationInput!, $connections: [ID!]!) {
    createConversation(input: $input) {
      __typename
      ... on CreateConversationPayload {
        conversation @prependNode(connections: $connections, edgeTypeName: "ConversationEdge") {
          id
          ...ConversationItem_conversation
        }
      }
      ... on NotFoundError {
        message
      }
      ... on InvalidInputError {
        message
      }
    }
  }
`;

graphql`
  mutation DeleteConversationMutation($input: DeleteConversationInput!, $connections: [ID!]!) {
    deleteConversation(input: $input) {
      __typename
      ... on DeleteConversationPayload {
        deletedId @deleteEdge(connections: $connections) @deleteRecord
      }
      ... on NotFoundError {
        message
      }
      ... on InvalidInputError {
        message
      }
    }
  }
`;

graphql`
  mutation UpdateConversationMutation($input: UpdateConversationInput!) {
    updateConversation(input: $input) {
      __typename
      ... on UpdateConversationPayload {
        conversation {
          ...ConversationItem_conversation
        }
      }
      ... on NotFoundError {
        message
      }
      ... on InvalidInputError {
        message
      }
    }
  }
`;
