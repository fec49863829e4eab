import type { ContextMessage } from '../message.ts';
import type { Model, ModelMessage, ModelSettings, ModelUsage, ToolDeclaration } from '../model.ts';
import type { TokenCounter } from '../tokens.ts';
import type { CompactionMode, CompactionSettings } from './settings.ts';

/** A message of the context after the system prompt. */
export type Compactable = ContextMessage & {
  id: string;
  /** It is being answered, or waits for a decision: it stays. */
  isKept: boolean;
};

export interface CompactionTask {
  settings: CompactionSettings;
  system: ModelMessage & { role: 'system' };
  context: Compactable[];
  /** In base64, by id. */
  images: ReadonlyMap<string, string>;
  /** The model of the conversation, and what its calls are made with: the self modes make the same call. */
  agent: { model: Model; settings: ModelSettings; tools: ToolDeclaration[] };
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
  /** Of all calls that were made for it. */
  usage: ModelUsage;
  contextTokensBefore: number;
  contextTokensAfter: number;
}

export type CompactionErrorCode = 'NOTHING_TO_COMPACT' | 'COMPACTION_FAILED';

/** Nothing came of it. The message is fit for a user. */
export class CompactionError extends Error {
  override name = 'CompactionError';
  readonly code: CompactionErrorCode;
  /** Of the calls that were made all the same. */
  readonly usage: ModelUsage | null;

  constructor(
    code: CompactionErrorCode,
    message: string,
    options: { usage?: ModelUsage | null; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.usage = options.usage ?? null;
  }
}

/** Makes a summary of what may leave the context. Rejects with CompactionError, or with the signal's reason when it aborts. */
export async function compact(_task: CompactionTask, _signal: AbortSignal): Promise<Compacted> {
  throw new CompactionError('COMPACTION_FAILED', 'Not written yet.');
}
