/** What a stored message holds, by kind. One message of the API is one row. */
export interface MessageContent {
  SYSTEM: { text: string };
  USER: { parts: { text: string }[]; name?: string };
  ASSISTANT: { text: string; model: string; isPartial: boolean };
  REASONING: { text: string; isPartial: boolean };
  /** The calls themselves are rows of the message's step. */
  TOOL_CALL: Record<never, never>;
  TOOL_RETURN: Record<never, never>;
}

export type StoredKind = keyof MessageContent;

export function textOf({ parts }: MessageContent['USER']): string {
  return parts.map(({ text }) => text).join('\n\n');
}

/** A call that a step's reply asked for, and what came of it. */
export interface RecordedCall {
  id: string;
  name: string;
  argumentsText: string;
  /** What the model was told; null while the call is open. */
  result: string | null;
  /** It was begun. When it is open nevertheless, whoever began it was lost. */
  isStarted: boolean;
}

/** A message of the context, in the model's order. */
export type ContextMessage = {
  [Kind in StoredKind]: { kind: Kind; stepId: string | null; content: MessageContent[Kind]; calls: RecordedCall[] };
}[StoredKind];
