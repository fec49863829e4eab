import type { Compactable } from '../agent/compaction/compact.ts';
import { tokensOf } from '../agent/compaction/gauge.ts';
import { buildPrompt } from '../agent/prompt.ts';
import type { Prisma } from '../store/generated/client.ts';
import { toContextMessage } from './message-rows.ts';

/** How the messages of a context are read. */
export const contextRows = {
  orderBy: { contextRank: 'asc' },
  include: { step: { include: { toolCalls: { orderBy: { index: 'asc' } } } } },
} satisfies Prisma.Conversation$messagesArgs;

type ContextRow = Prisma.MessageGetPayload<typeof contextRows>;

/** What a run was sent with is being answered, and stays in the context for as long as the run lasts. */
export function toCompactable(row: ContextRow, runId: string): Compactable {
  const isInput = row.runId === runId && row.stepId === null && row.kind !== 'SUMMARY';
  const isOpen = row.step?.toolCalls.some(({ finishedAt }) => finishedAt === null) ?? false;
  return { ...toContextMessage(row), id: row.id, isKept: isInput || isOpen };
}

/** What the first `length` messages of a prompt have taken, by what the provider said. */
export interface ReportedUse {
  length: number;
  tokens: number;
}

/** The last word of a provider on this context. Nothing when it was made shorter since. */
export function reportedUse(rows: ContextRow[]): ReportedUse | undefined {
  const index = rows.findLastIndex(({ kind, step }) => step && kind !== 'TOOL_RETURN' && kind !== 'SYSTEM');
  const row = rows[index];
  const tokens = row?.step && tokensOf(row.step);
  if (!row || tokens == null) return undefined;
  if (rows.some(({ kind, position }) => kind === 'SUMMARY' && (position ?? 0) > (row.position ?? 0))) return undefined;
  const length = 1 + buildPrompt(rows.slice(0, index + 1).map(toContextMessage), new Map()).length;
  return { length, tokens };
}
