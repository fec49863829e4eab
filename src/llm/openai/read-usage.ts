import type { ModelUsage } from '../../usage.ts';
import type { Chunk, Usage } from './parse-chunk.ts';

/** The usage that a chunk reports, wherever it does; else the one before. Zeros do not replace what was counted. */
export function newerUsage(before: Usage | undefined, chunk: Chunk): Usage | undefined {
  const usage = chunk.usage ?? chunk.choices?.[0]?.usage ?? chunk.x_groq?.usage;
  if (typeof usage !== 'object' || usage === null) return before;
  const isCounted = Boolean(usage.prompt_tokens || usage.completion_tokens || usage.total_tokens);
  return before && !isCounted ? before : usage;
}

export function toUsage(usage: Usage | undefined): ModelUsage {
  return {
    promptTokens: count(usage?.prompt_tokens),
    completionTokens: count(usage?.completion_tokens),
    totalTokens: count(usage?.total_tokens),
    cachedInputTokens: count(usage?.prompt_tokens_details?.cached_tokens),
    cacheWriteTokens: count(usage?.prompt_tokens_details?.cache_write_tokens),
    reasoningTokens: count(usage?.completion_tokens_details?.reasoning_tokens),
  };
}

/** What no model can have used is not believed, nor could it be stored. */
const MAX_TOKENS = 1_000_000_000;

export function count(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TOKENS
    ? (value as number)
    : null;
}
