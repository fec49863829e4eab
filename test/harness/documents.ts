import { graphql } from '../graphql/index.ts';

export const SEND = graphql(`
  mutation Send($input: SendMessageInput!) {
    sendMessage(input: $input) {
      __typename
      ... on SendMessagePayload {
        run {
          id
          status
          stopReason
          error {
            code
            message
          }
        }
        inputMessages {
          __typename
          id
          kind
          position
          otid
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
      ... on ConversationBusyError {
        run {
          id
        }
      }
      ... on IdempotencyConflictError {
        run {
          id
        }
      }
    }
  }
`);

export const CANCEL = graphql(`
  mutation Cancel($runId: ID!) {
    cancelRun(input: { runId: $runId }) {
      __typename
      ... on CancelRunPayload {
        run {
          id
          status
          stopReason
          completedAt
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`);

export const FIRST_AGENT = graphql(`
  query FirstAgent {
    agents(first: 1) {
      nodes {
        id
        defaultConversation {
          id
        }
      }
    }
  }
`);

export const NEW_CONVERSATION = graphql(`
  mutation NewConversation($agentId: ID!) {
    createConversation(input: { agentId: $agentId }) {
      __typename
      ... on CreateConversationPayload {
        conversation {
          id
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`);

export const HISTORY = graphql(`
  query History($conversationId: ID!) {
    conversation(id: $conversationId) {
      id
      status
      eventCursor
      activeRun {
        id
      }
      lastRunCompletion
      messages(first: 200) {
        nodes {
          __typename
          id
          position
          otid
          ... on SystemMessage {
            text
          }
          ... on UserMessage {
            text
          }
          ... on AssistantMessage {
            text
            isPartial
            model
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
              result
            }
          }
          ... on ToolReturnMessage {
            toolCalls {
              name
              status
              result
            }
          }
        }
      }
    }
  }
`);

export const RUN = graphql(`
  query Run($runId: ID!) {
    run(id: $runId) {
      id
      kind
      status
      stopReason
      attempt
      stepCount
      createdAt
      startedAt
      completedAt
      timeToFirstTokenMs
      durationMs
      error {
        code
        message
      }
      usage {
        promptTokens
        completionTokens
        totalTokens
        cachedInputTokens
        reasoningTokens
        contextTokens
      }
      steps {
        id
        index
        status
        model
        provider
        stopReason
        usage {
          totalTokens
        }
      }
      inputMessages {
        id
        position
      }
    }
  }
`);

export const RUN_EVENTS = graphql(`
  subscription RunEvents($runId: ID!, $after: String, $deltas: Boolean) {
    runEvents(runId: $runId, after: $after, deltas: $deltas) {
      cursor
      createdAt
      runId
      node {
        ...Event
      }
    }
  }
`);

export const CONVERSATION_EVENTS = graphql(`
  subscription ConversationEvents($conversationId: ID!, $after: String, $deltas: Boolean) {
    conversationEvents(conversationId: $conversationId, after: $after, deltas: $deltas) {
      cursor
      createdAt
      runId
      node {
        ...Event
      }
    }
  }

  fragment Event on ConversationEvent {
    __typename
    ... on RunQueued {
      run {
        id
      }
    }
    ... on RunStarted {
      attempt
    }
    ... on RunFinished {
      status
      stopReason
      usage {
        totalTokens
      }
    }
    ... on MessageAdded {
      message {
        __typename
        id
        kind
        position
        otid
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
        result
      }
    }
    ... on StepRestarted {
      messageIds
      reason
    }
    ... on ConversationDeleted {
      conversationId
    }
  }
`);

export const CANCEL_CONVERSATION = graphql(`
  mutation CancelConversation($conversationId: ID!) {
    cancelConversation(input: { conversationId: $conversationId }) {
      __typename
      ... on CancelConversationPayload {
        runs {
          id
          status
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`);
