import { graphql } from 'relay-runtime';

graphql`
  query ConversationListQuery($filter: ConversationFilter, $count: Int!) {
    ...ConversationList_query @arguments(filter: $filter, count: $count)
  }
`;

graphql`
  fragment ConversationList_query on Query
  @argumentDefinitions(
    count: { type: "Int!" }
    cursor: { type: "String" }
    filter: { type: "ConversationFilter" }
    orderBy: { type: "ConversationOrder", defaultValue: { field: LAST_RUN_COMPLETION, direction: DESC, nulls: LAST } }
  )
  @refetchable(queryName: "ConversationListPaginationQuery") {
    conversations(first: $count, after: $cursor, filter: $filter, orderBy: $orderBy)
      @connection(key: "ConversationList_conversations", filters: ["filter", "orderBy"]) {
      connectionId: __id
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          ...ConversationItem_conversation
        }
      }
    }
  }
`;

graphql`
  fragment ConversationItem_conversation on Conversation {
    summary
    status
    lastActivityAt
    lastRunCompletion
    lastRun {
      status
    }
    lastMessage {
      __typename
      ... on UserMessage {
        text
      }
      ... on AssistantMessage {
        text
      }
    }
  }
`;

graphql`
  subscription ConversationListSubscription($connections: [ID!]!) {
    conversationUpdates {
      __typename
      ... on ConversationChanged {
        conversation {
          ...ConversationItem_conversation
        }
      }
      ... on ConversationRemoved {
        conversationId @deleteEdge(connections: $connections) @deleteRecord
      }
    }
  }
`;
