import type { CompactionStats, CompactionTrigger } from '../compaction-stats.ts';
import type { RunStatus, StopReason, ToolCallStatus } from '../store/generated/enums.ts';
import type { ModelUsage, Usage } from '../usage.ts';

/** What each event of the log keeps of its own moment. Objects that it names are read when it is delivered. */
export interface EventData {
  RunQueued: Record<never, never>;
  RunStarted: { attempt: number };
  RunRequiresAction: { toolCallIds: string[] };
  RunResumed: Record<never, never>;
  RunFinished: { status: RunStatus; stopReason: StopReason; usage: Usage };
  MessageAdded: { messageId: string };
  AssistantTextDelta: Delta;
  ReasoningDelta: Delta;
  ToolCallDelta: ToolCallPiece;
  StepRestarted: { messageIds: string[]; reason: string };
  ToolCallUpdated: { toolCallId: string; status: ToolCallStatus };
  CompactionStarted: { trigger: CompactionTrigger };
  /** The summary comes as MessageAdded just before. */
  CompactionFinished: { messageId: string; stats: CompactionStats; keptFromPosition: number };
  /**
   * `messagesAfter`: how many messages the context would have had, were that any gain. `usage`: of the calls that were made
   * all the same; older events do not say.
   */
  CompactionFailed: { code: string; message: string; messagesAfter: number | null; usage?: ModelUsage | null };
  /** `refusedMessageIds`: what left the context since a provider refused a request for it. */
  ContextChanged: { refusedMessageIds?: string[] };
  ConversationUpdated: Record<never, never>;
  ConversationDeleted: Record<never, never>;
}

/** `offset`: UTF-16 units of the same text before this piece. A writer finds by it what it has already stored. */
export interface Delta {
  messageId: string;
  delta: string;
  offset: number;
}

/** A message may have several calls: here the text is the arguments of one. */
export interface ToolCallPiece extends Delta {
  toolCallId: string;
  messageKind: 'TOOL_CALL' | 'APPROVAL_REQUEST';
  /** Of the tool. Null after the first piece of a call: nothing says how long a name is. */
  name: string | null;
}

export type EventType = keyof EventData;
export type TextDeltaType = 'AssistantTextDelta' | 'ReasoningDelta';
export type DeltaType = TextDeltaType | 'ToolCallDelta';

/** An event before it has its place in a log. */
export type EventBody<Type extends EventType = EventType> = {
  [T in Type]: { type: T; runId: string | null; data: EventData[T] };
}[Type];

/** One entry of a conversation's log; `seq` is 1, 2, 3 … in commit order. */
export type ConversationEvent<Type extends EventType = EventType> = EventBody<Type> & {
  conversationId: string;
  seq: number;
  createdAt: Date;
};

export const deltaTypes: readonly DeltaType[] = ['AssistantTextDelta', 'ReasoningDelta', 'ToolCallDelta'];

export function isDelta(event: ConversationEvent): event is ConversationEvent<DeltaType> {
  return event.type === 'AssistantTextDelta' || event.type === 'ReasoningDelta' || event.type === 'ToolCallDelta';
}

/** The id of the text that a delta is a piece of: of a tool call, or else of the message. */
export function textIdOf(data: Delta | ToolCallPiece): string {
  return 'toolCallId' in data ? data.toolCallId : data.messageId;
}
