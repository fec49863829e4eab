import { graphql } from 'relay-runtime';

graphql`
  query ConversationHistoryQuery($conversationId: ID!, $count: Int!) {
    conversation(id: $conversationId) {
      id
      eventCursor
      ...ConversationHistory_conversation @arguments(count: $count)
    }
  }
`;

graphql`
  fragment ConversationHistory_conversation on Conversation
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" })
  @refetchable(queryName: "ConversationHistoryPaginationQuery") {
    messages(last: $count, before: $cursor) @connection(key: "ConversationHistory_messages", filters: []) {
      connectionId: __id
      pageInfo {
        hasPreviousPage
        startCursor
      }
      edges {
        node {
          id
          ...MessageItem_message
        }
      }
    }
  }
`;

graphql`
  fragment MessageItem_message on Message {
    __typename
    ... on SystemMessage {
      text
    }
    ... on UserMessage {
      text
    }
    ... on AssistantMessage {
      text
      isPartial
    }
    ... on ReasoningMessage {
      text
      isPartial
    }
    ... on HiddenReasoningMessage {
      state
    }
    ... on ToolCallMessage {
      toolCalls {
        name
        status
      }
    }
    ... on ToolReturnMessage {
      toolCalls {
        name
        result
      }
    }
  }
`;
