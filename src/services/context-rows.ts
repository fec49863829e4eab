import type { Compactable } from '../agent/compaction/compact.ts';
import type { Prisma } from '../store/generated/client.ts';
import { toContextMessage } from './message-rows.ts';

/** How the messages of a context are read. */
export const contextRows = {
  orderBy: { contextRank: 'asc' },
  include: { step: { include: { toolCalls: { orderBy: { index: 'asc' } } } } },
} satisfies Prisma.Conversation$messagesArgs;

export type ContextRow = Prisma.MessageGetPayload<typeof contextRows>;

/** What a run was sent with is being answered, and stays in the context for as long as the run lasts. */
export function toCompactable(row: ContextRow, runId: string): Compactable {
  const isInput = row.runId === runId && row.stepId === null && row.kind !== 'SUMMARY';
  const isOpen = row.step?.toolCalls.some(({ finishedAt }) => finishedAt === null) ?? false;
  return { ...toContextMessage(row), id: row.id, isKept: isInput || isOpen };
}
