import type { ModelUsage } from './usage.ts';

export type CompactionMode = 'ALL' | 'SLIDING_WINDOW' | 'SELF_COMPACT_ALL' | 'SELF_COMPACT_SLIDING_WINDOW';

/** Why a context was compacted. */
export type CompactionTrigger = 'REQUESTED' | 'POST_STEP' | 'CONTEXT_WINDOW_EXCEEDED';

/** What a compaction came to. Tokens are counted as far as the model's tokenizer is known, else estimated. */
export type CompactionStats = {
  trigger: CompactionTrigger;
  /** The one that gave the summary: another than was set, where that one failed. */
  modeUsed: CompactionMode;
  /** The handle of the model that wrote it. Older summaries do not say, nor what they used. */
  model?: string;
  /** Of all model calls of the compaction. */
  usage?: ModelUsage;
  contextTokensBefore: number | null;
  contextTokensAfter: number | null;
  contextWindow: number;
  messagesBefore: number;
  messagesAfter: number;
};
