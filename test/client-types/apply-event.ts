import type { AppliedEventFragment } from '../graphql/graphql.ts';
import { graphql } from '../graphql/index.ts';
import { describeMessage } from './describe-message.ts';

graphql(`
  fragment AppliedEvent on ConversationEvent {
    __typename
    ... on RunQueued {
      run {
        id
      }
    }
    ... on RunStarted {
      attempt
      run {
        id
      }
    }
    ... on RunResumed {
      run {
        id
      }
    }
    ... on RunRequiresAction {
      run {
        id
      }
      toolCalls {
        id
        status
      }
    }
    ... on RunFinished {
      runStatus: status
      stopReason
      run {
        id
      }
    }
    ... on MessageAdded {
      message {
        ...DescribedMessage
      }
    }
    ... on AssistantTextDelta {
      messageId
      delta
    }
    ... on ReasoningDelta {
      messageId
      delta
    }
    ... on ToolCallUpdated {
      toolCallStatus: status
      toolCall {
        id
      }
    }
    ... on StepRestarted {
      messageIds
    }
    ... on ContextChanged {
      conversation {
        id
      }
    }
    ... on ConversationUpdated {
      conversation {
        summary
      }
    }
    ... on ConversationDeleted {
      conversationId
    }
  }
`);

/** What a frontend shows of a conversation. Each record is by id. */
export interface View {
  summary: string | null;
  isDeleted: boolean;
  runs: Record<string, string>;
  messages: Record<string, string>;
  /** What is being written: it gives way to the message with its id. */
  drafts: Record<string, string>;
  toolCalls: Record<string, string>;
  /** Its context has to be read again. */
  isContextStale: boolean;
}

export const emptyView: View = {
  summary: null,
  isDeleted: false,
  runs: {},
  messages: {},
  drafts: {},
  toolCalls: {},
  isContextStale: false,
};

/** The view after the event; unchanged by one of a type that came after this client. */
export function applyEvent(view: View, event: AppliedEventFragment): View {
  switch (event.__typename) {
    case 'RunQueued':
      return { ...view, runs: { ...view.runs, [event.run.id]: 'QUEUED' } };
    case 'RunStarted':
    case 'RunResumed':
      return { ...view, runs: { ...view.runs, [event.run.id]: 'RUNNING' } };
    case 'RunRequiresAction': {
      const calls = Object.fromEntries(event.toolCalls.map(({ id, status }) => [id, status]));
      const toolCalls = { ...view.toolCalls, ...calls };
      return { ...view, toolCalls, runs: { ...view.runs, [event.run.id]: 'REQUIRES_ACTION' } };
    }
    case 'RunFinished':
      return { ...view, runs: { ...view.runs, [event.run.id]: `${event.runStatus} ${event.stopReason}` } };
    case 'MessageAdded': {
      const { id } = event.message;
      const messages = { ...view.messages, [id]: describeMessage(event.message) };
      return { ...view, messages, drafts: without(view.drafts, [id]) };
    }
    case 'AssistantTextDelta':
    case 'ReasoningDelta': {
      const { messageId, delta } = event;
      return { ...view, drafts: { ...view.drafts, [messageId]: (view.drafts[messageId] ?? '') + delta } };
    }
    case 'ToolCallUpdated':
      return { ...view, toolCalls: { ...view.toolCalls, [event.toolCall.id]: event.toolCallStatus } };
    case 'StepRestarted':
      return { ...view, drafts: without(view.drafts, event.messageIds) };
    case 'ContextChanged':
      return { ...view, isContextStale: true };
    case 'ConversationUpdated':
      return { ...view, summary: event.conversation.summary };
    case 'ConversationDeleted':
      return { ...view, isDeleted: true };
    default:
      event satisfies never;
      return view;
  }
}

function without(drafts: View['drafts'], ids: readonly string[]): View['drafts'] {
  return Object.fromEntries(Object.entries(drafts).filter(([id]) => !ids.includes(id)));
}
