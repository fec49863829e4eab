import type { Compactable } from '../../agent/compaction/task.ts';
import type { Message, Prisma, Step } from '../../store/generated/client.ts';
import { toContextMessage, type CallRow } from './message-rows.ts';

/** How the messages of a context are read. */
export const contextRows = {
  orderBy: { contextRank: 'asc' },
  include: { step: { include: { toolCalls: { orderBy: { index: 'asc' } } } } },
} satisfies Prisma.Conversation$messagesArgs;

/** What is read of a message of the context, and of its step. */
export const messageColumns = ['id', 'runId', 'stepId', 'kind', 'content', 'position'] as const;
export const stepColumns = [
  'runId',
  'status',
  'stopReason',
  'model',
  'totalTokens',
  'reasoningTokens',
  'reasoningData',
] as const;

export type StepRow = Pick<Step, (typeof stepColumns)[number]> & { toolCalls: CallRow[] };
export type ContextRow = Pick<Message, (typeof messageColumns)[number]> & { step: StepRow | null };

/** The input of the run `answering` stays in the context until it is answered, and each step until its calls have returns. */
export function toCompactable(row: ContextRow, answering: string | null): Compactable {
  const isInput = row.runId === answering && answering !== null && row.stepId === null && row.kind !== 'SUMMARY';
  const isOpen = row.step?.toolCalls.some(({ finishedAt }) => finishedAt === null) ?? false;
  return { ...toContextMessage(row), id: row.id, isKept: isInput || isOpen };
}
