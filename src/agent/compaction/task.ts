import type { CompactionMode, CompactionTrigger } from '../../compaction-stats.ts';
import type { ModelUsage } from '../../usage.ts';
import type { ContextMessage } from '../message.ts';
import type { Model, ModelMessage, ModelSettings, ToolDeclaration } from '../model.ts';
import type { TokenCounter } from '../tokens.ts';
import type { CompactionSettings } from './settings.ts';

/** A message of the context after the system prompt. */
export type Compactable = ContextMessage & {
  id: string;
  /** It is being answered, or waits for a decision: it stays. */
  isKept: boolean;
};

export interface CompactionTask {
  /** On request it is enough that the context has fewer messages after it; inside a run it must take fewer tokens. */
  trigger: CompactionTrigger;
  settings: CompactionSettings;
  system: ModelMessage & { role: 'system' };
  context: Compactable[];
  /** In base64, by id. */
  images: ReadonlyMap<string, string>;
  /** The model of the conversation, and what its calls are made with: the self modes make the same call. */
  agent: { model: Model; settings: ModelSettings; tools: ToolDeclaration[]; cacheKey?: string | undefined };
  /** Makes the transcript of other modes into a summary. */
  summariser: Model;
  /** Of the conversation, in tokens. */
  contextWindow: number;
  counter: TokenCounter;
  /** Real tokens for each that `counter` counts, as the provider has reported last. */
  correction: number;
  /** How often a model call is made before its failure is final. */
  maxTries: number;
}

export interface Compacted {
  summary: string;
  /** Ids of what leaves the context, in its order: at least one. */
  evicted: string[];
  modeUsed: CompactionMode;
  /** The handle of the model that wrote the summary. */
  model: string;
  /** Of all calls that were made for it. */
  usage: ModelUsage;
  contextTokensBefore: number;
  contextTokensAfter: number;
}
