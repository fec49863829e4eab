import type { MessageKind, RunStatus, StopReason, ToolKind } from './generated/client.ts';

// Which rows of a list are wanted. What is null, and an empty list or text, filters nothing.

export type ConversationStatus = 'IDLE' | 'QUEUED' | 'RUNNING' | 'REQUIRES_ACTION';

type Maybe<Value> = Value | null | undefined;

export interface ConversationFilter {
  agentId?: Maybe<string>;
  summarySearch?: Maybe<string>;
  statuses?: Maybe<readonly ConversationStatus[]>;
}

export interface AgentFilter {
  name?: Maybe<string>;
  query?: Maybe<string>;
  tags?: Maybe<readonly string[]>;
  matchAllTags?: Maybe<boolean>;
  lastStopReason?: Maybe<StopReason>;
  includeHidden?: Maybe<boolean>;
}

export interface BlockFilter {
  label?: Maybe<string>;
  labelSearch?: Maybe<string>;
  agentId?: Maybe<string>;
  isAttached?: Maybe<boolean>;
}

export interface ToolFilter {
  name?: Maybe<string>;
  kind?: Maybe<ToolKind>;
}

export interface RunFilter {
  agentId?: Maybe<string>;
  conversationId?: Maybe<string>;
  statuses?: Maybe<readonly RunStatus[]>;
  stopReasons?: Maybe<readonly StopReason[]>;
}

export interface PendingCallFilter {
  kind?: Maybe<'AWAITING_APPROVAL' | 'AWAITING_CLIENT'>;
  agentId?: Maybe<string>;
  conversationId?: Maybe<string>;
  toolName?: Maybe<string>;
}

export interface MessageFilter {
  kinds?: Maybe<readonly MessageKind[]>;
  inContext?: Maybe<boolean>;
  runId?: Maybe<string>;
  groupId?: Maybe<string>;
}
