import type { CompactionStats } from '../compaction-stats.ts';

/** Stored under its id when it was sent, or left at its URL, for the provider to read. */
export type ImageContent =
  { id: string; mediaType: string; url?: string; detail?: string } | { url: string; detail?: string };

export type ContentPart = { text: string } | { image: ImageContent };

/** What a stored message holds, by kind. One message of the API is one row. */
export interface MessageContent {
  SYSTEM: { text: string };
  USER: { parts: ContentPart[]; name?: string };
  ASSISTANT: { text: string; model: string; isPartial: boolean };
  REASONING: { text: string; isPartial: boolean };
  HIDDEN_REASONING: { state: 'REDACTED' | 'OMITTED' };
  /** The calls themselves are rows of the message's step: here those that wait for nobody. */
  TOOL_CALL: Record<never, never>;
  /** Those of the same step that have to be approved, or are run by the client. */
  APPROVAL_REQUEST: Record<never, never>;
  /** What was decided at one time. The model is told nothing but the returns. */
  APPROVAL_RESPONSE: { toolCallIds: string[] };
  TOOL_RETURN: Record<never, never>;
  /** Stands in the context for messages that left it. */
  SUMMARY: { summary: string; stats: CompactionStats; keptFromPosition: number | null };
}

export type StoredKind = keyof MessageContent;

/** Images have no text. */
export function textOf({ parts }: MessageContent['USER']): string {
  return joinTexts(parts.filter((part) => 'text' in part));
}

export function joinTexts(parts: { text?: string | undefined }[]): string {
  return parts.map(({ text }) => text).join('\n\n');
}

export type CallStatus =
  | 'REQUESTED'
  | 'AWAITING_APPROVAL'
  | 'AWAITING_CLIENT'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'DENIED'
  | 'CANCELLED'
  | 'UNKNOWN';

/** A call that a step's reply asked for, and what came of it. */
export interface RecordedCall {
  readonly id: string;
  readonly name: string;
  readonly argumentsText: string;
  /** RUNNING in what is read from the database: whoever began it was lost. */
  readonly status: CallStatus;
  /** It had to wait for somebody's approval or for its client when the model asked for it. */
  readonly needsDecision: boolean;
  /** It was begun, or its client has answered it: it may have taken effect. One that was refused or denied has not. */
  readonly wasRun: boolean;
  /** What the model was told; null while the call is open. */
  readonly result: string | null;
  /** As `ModelToolCall.givenId` and `ModelToolCall.extra`. */
  readonly givenId?: string | null;
  readonly extra?: unknown;
}

/** A message of the context, in the model's order. */
export type ContextMessage = {
  [Kind in StoredKind]: {
    kind: Kind;
    stepId: string | null;
    content: MessageContent[Kind];
    calls: RecordedCall[];
    /** Of the message's step: the handle of its model, and `ModelReply.reasoningData`. */
    origin?: string | null | undefined;
    reasoningData?: unknown;
  };
}[StoredKind];
