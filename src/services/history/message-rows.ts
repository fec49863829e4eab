import type { ContextMessage, MessageContent, RecordedCall, StoredKind } from '../../agent/message.ts';
import type { Change } from '../../events/change.ts';
import { newId } from '../../ids.ts';
import type { Message, Step, ToolCall } from '../../store/generated/client.ts';
import { decisionOf } from './stored-decision.ts';

/** A message before it has its place in the history. */
export type NewMessage = {
  [Kind in StoredKind]: {
    id?: string;
    kind: Kind;
    content: MessageContent[Kind];
    runId?: string | null;
    stepId?: string | null;
    otid?: string | null;
    senderId?: string | null;
    groupId?: string | null;
  };
}[StoredKind];

/** Shown to people; the model is not sent them. */
const forPeople: StoredKind[] = ['REASONING', 'HIDDEN_REASONING', 'APPROVAL_RESPONSE'];

/** Writes messages at the end of the history, and announces each. */
export async function addMessages(
  { tx, head, append }: Change,
  organizationId: string,
  messages: NewMessage[],
): Promise<void> {
  const rows = messages.map((message) => {
    const inContext = !forPeople.includes(message.kind);
    return {
      ...message,
      id: message.id ?? newId('Message'),
      organizationId,
      conversationId: head.conversationId,
      position: ++head.lastPosition,
      inContext,
      contextRank: inContext ? ++head.lastContextRank : null,
    };
  });
  await tx.message.createMany({ data: rows });
  for (const row of rows) append({ type: 'MessageAdded', runId: row.runId ?? null, data: { messageId: row.id } });
}

/** Content of a row whose kind is known. */
export function contentOf<Kind extends StoredKind>(
  message: Pick<Message, 'content'>,
  _kind: Kind,
): MessageContent[Kind] {
  return message.content as unknown as MessageContent[Kind];
}

/** What `toRecordedCall` reads of a call. */
export const callColumns = [
  'id',
  'name',
  'argumentsText',
  'status',
  'needsDecision',
  'startedAt',
  'finishedAt',
  'result',
  'decision',
  'givenId',
  'extra',
] as const;

/** A time in JSON is text. */
export type CallRow = Pick<ToolCall, Exclude<(typeof callColumns)[number], 'startedAt' | 'finishedAt'>> & {
  startedAt: Date | string | null;
  finishedAt: Date | string | null;
};

export function toRecordedCall(call: CallRow): RecordedCall {
  const { id, name, argumentsText, status, needsDecision, startedAt, result, givenId, extra } = call;
  const wasRun = startedAt !== null || decisionOf(call).resultHash !== undefined;
  return { id, name, argumentsText, status, needsDecision, wasRun, result, givenId, extra };
}

type ContextRow = Pick<Message, 'kind' | 'stepId' | 'content'> & { step: ContextStep | null };
type ContextStep = Pick<Step, 'model' | 'reasoningData'> & { toolCalls: CallRow[] };

export function toContextMessage({ kind, stepId, content, step }: ContextRow): ContextMessage {
  const calls = step?.toolCalls.map(toRecordedCall) ?? [];
  const answer = step && { origin: step.model, reasoningData: step.reasoningData };
  return { kind, stepId, content, calls, ...answer } as ContextMessage;
}
