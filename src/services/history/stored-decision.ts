import type { ToolCall } from '../../store/generated/client.ts';

/** What is kept of the decisions on a call, in `ToolCall.decision`. */
export interface StoredDecision {
  approval?: { approved: boolean; reason: string | null; decidedById: string | null; decidedAt: string };
  /** Of what the client handed in, whole: a repeat is known by it. */
  resultHash?: string;
}

export function decisionOf({ decision }: Pick<ToolCall, 'decision'>): StoredDecision {
  return (decision ?? {}) as StoredDecision;
}
