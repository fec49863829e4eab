import { graphql } from 'relay-runtime';

graphql`
  subscription ConversationEventsSubscription($conversationId: ID!, $after: String, $connections: [ID!]!) {
    conversationEvents(conversationId: $conversationId, after: $after) {
      cursor
      runId
      node {
        __typename
        ... on RunQueued {
          run {
            ...RunItem_run
          }
        }
        ... on RunStarted {
          attempt
          run {
            ...RunItem_run
          }
        }
        ... on RunResumed {
          run {
            ...RunItem_run
          }
        }
        ... on RunRequiresAction {
          toolCalls {
            name
            status
          }
          run {
            ...RunItem_run
          }
        }
        ... on RunFinished {
          runStatus: status
          stopReason
          run {
            ...RunItem_run
          }
        }
        ... on MessageAdded {
          message @appendNode(connections: $connections, edgeTypeName: "MessageEdge") {
            id
            ...MessageItem_message
          }
        }
        ... on AssistantTextDelta {
          messageId
          delta
          offset
        }
        ... on ReasoningDelta {
          messageId
          delta
          offset
        }
        ... on ToolCallDelta {
          messageId
          messageKind
          toolCallId
          name
          argumentsDelta
          offset
        }
        ... on ToolCallUpdated {
          callStatus
          toolCall {
            name
            status
          }
        }
        ... on StepRestarted {
          messageIds
        }
        ... on CompactionStarted {
          trigger
        }
        ... on CompactionFinished {
          keptFromPosition
          stats {
            modeUsed
          }
        }
        ... on CompactionFailed {
          error {
            message
          }
        }
        ... on ContextChanged {
          conversation {
            id
          }
        }
        ... on ConversationUpdated {
          conversation {
            ...ConversationItem_conversation
          }
        }
        ... on ConversationDeleted {
          conversationId @deleteRecord
        }
      }
    }
  }
`;
