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
      offset
    }
    ... on ReasoningDelta {
      messageId
      delta
      offset
    }
    ... on ToolCallDelta {
      runId
      messageId
      toolCallId
      name
      argumentsDelta
      offset
    }
    ... on ToolCallUpdated {
      callStatus
      toolCall {
        id
      }
    }
    ... on StepRestarted {
      messageIds
    }
    ... on CompactionStarted {
      runId
    }
    ... on CompactionFinished {
      summary: message {
        id
        summary
      }
      keptFromPosition
    }
    ... on CompactionFailed {
      error {
        code
      }
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
  /** Calls that are being written: they give way to the message with their messageId, or to the end of their run. */
  callDrafts: Record<string, { runId: string; messageId: string; name: string; text: string }>;
}

export const emptyView: View = {
  summary: null,
  isDeleted: false,
  runs: {},
  messages: {},
  drafts: {},
  toolCalls: {},
  isContextStale: false,
  callDrafts: {},
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
      return {
        ...view,
        runs: { ...view.runs, [event.run.id]: `${event.runStatus} ${event.stopReason}` },
        callDrafts: filter(view.callDrafts, ({ runId }) => runId !== event.run.id),
      };
    case 'MessageAdded': {
      const { id } = event.message;
      const messages = { ...view.messages, [id]: describeMessage(event.message) };
      return dropDrafts({ ...view, messages }, [id]);
    }
    case 'AssistantTextDelta':
    case 'ReasoningDelta': {
      const { messageId, delta, offset } = event;
      const draft = writeAt(view.drafts[messageId] ?? '', offset, delta);
      return { ...view, drafts: { ...view.drafts, [messageId]: draft } };
    }
    case 'ToolCallDelta': {
      const { runId, messageId, toolCallId, argumentsDelta, offset } = event;
      const before = view.callDrafts[toolCallId];
      const name = event.name ?? before?.name ?? '';
      const draft = { runId, messageId, name, text: writeAt(before?.text ?? '', offset, argumentsDelta) };
      return { ...view, callDrafts: { ...view.callDrafts, [toolCallId]: draft } };
    }
    case 'ToolCallUpdated':
      return { ...view, toolCalls: { ...view.toolCalls, [event.toolCall.id]: event.callStatus } };
    case 'StepRestarted':
      return dropDrafts(view, event.messageIds);
    case 'CompactionStarted':
    case 'CompactionFinished':
    case 'CompactionFailed':
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

/** The text with the delta at its offset: the same when the delta comes again. */
function writeAt(text: string, offset: number, delta: string): string {
  return text.slice(0, offset) + delta + text.slice(offset + delta.length);
}

/** What was written of these messages gives way. */
function dropDrafts(view: View, ids: readonly string[]): View {
  const drafts = Object.fromEntries(Object.entries(view.drafts).filter(([id]) => !ids.includes(id)));
  return { ...view, drafts, callDrafts: filter(view.callDrafts, ({ messageId }) => !ids.includes(messageId)) };
}

function filter(drafts: View['callDrafts'], isKept: (draft: View['callDrafts'][string]) => boolean) {
  return Object.fromEntries(Object.entries(drafts).filter(([, draft]) => isKept(draft)));
}
