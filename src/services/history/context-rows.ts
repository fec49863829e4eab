import type { Compactable } from '../../agent/compaction/task.ts';
import type { Prisma } from '../../store/generated/client.ts';
import { toContextMessage } from './message-rows.ts';

/** How the messages of a context are read. */
export const contextRows = {
  orderBy: { contextRank: 'asc' },
  include: { step: { include: { toolCalls: { orderBy: { index: 'asc' } } } } },
} satisfies Prisma.Conversation$messagesArgs;

export type ContextRow = Prisma.MessageGetPayload<typeof contextRows>;

/** The input of the run `answering` stays in the context until it is answered, and each step until its calls have returns. */
export function toCompactable(row: ContextRow, answering: string | null): Compactable {
  const isInput = row.runId === answering && answering !== null && row.stepId === null && row.kind !== 'SUMMARY';
  const isOpen = row.step?.toolCalls.some(({ finishedAt }) => finishedAt === null) ?? false;
  return { ...toContextMessage(row), id: row.id, isKept: isInput || isOpen };
}
