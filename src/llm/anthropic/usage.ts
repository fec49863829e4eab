import type { ModelUsage } from '../../usage.ts';

/** The counts that we read. Nothing is promised. */
export interface AnthropicUsage {
  input_tokens?: unknown;
  cache_read_input_tokens?: unknown;
  cache_creation_input_tokens?: unknown;
  output_tokens?: unknown;
  output_tokens_details?: { thinking_tokens?: unknown } | null;
}

/** Counts grow through an answer: the newest holds, where there is one. */
export function addUsage(
  before: AnthropicUsage | undefined,
  newer: AnthropicUsage | null | undefined,
): AnthropicUsage | undefined {
  if (!newer) return before;
  return { ...before, ...Object.fromEntries(Object.entries(newer).filter(([, value]) => value != null)) };
}

/** The API counts apart what came from its cache and what went there; a prompt is all of it. */
export function toUsage(usage: AnthropicUsage | undefined): ModelUsage {
  const input = count(usage?.input_tokens);
  const cachedInputTokens = count(usage?.cache_read_input_tokens);
  const cacheWriteTokens = count(usage?.cache_creation_input_tokens);
  const promptTokens = input === null ? null : input + (cachedInputTokens ?? 0) + (cacheWriteTokens ?? 0);
  const completionTokens = count(usage?.output_tokens);
  return {
    promptTokens,
    completionTokens,
    totalTokens: promptTokens === null || completionTokens === null ? null : promptTokens + completionTokens,
    cachedInputTokens,
    cacheWriteTokens,
    reasoningTokens: count(usage?.output_tokens_details?.thinking_tokens),
  };
}

/** What no model can have used is not believed, nor could it be stored. */
const MAX_TOKENS = 300_000_000;

function count(value: unknown): number | null {
  const isCount = Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TOKENS;
  return isCount ? (value as number) : null;
}
