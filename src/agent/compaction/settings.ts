import type { ModelSettings } from '../model.ts';

export type CompactionMode = 'ALL' | 'SLIDING_WINDOW' | 'SELF_COMPACT_ALL' | 'SELF_COMPACT_SLIDING_WINDOW';

/** How a context is compacted, with every default filled in. */
export interface CompactionSettings {
  mode: CompactionMode;
  /** Handle of the model that summarises; null: a small one of the agent's provider where one is known, else the agent's own. */
  model: string | null;
  modelSettings: ModelSettings | null;
  /** What the summariser is told to do. */
  prompt: string;
  /** The longest summary, in Unicode code points; null: no limit. */
  clipChars: number | null;
  /** The share of the messages that leaves at least, from 0 to 1; what stays takes less than the rest of the window. */
  slidingWindowPercentage: number;
  /** Whether an acknowledgement of the task is put before the transcript, against chatty summaries. */
  promptAcknowledgement: boolean;
}
