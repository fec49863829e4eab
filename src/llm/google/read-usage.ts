import type { ModelUsage } from '../../usage.ts';

/** What Google counts. Every chunk may have it, and counts up. */
export interface Usage {
  promptTokenCount?: unknown;
  candidatesTokenCount?: unknown;
  thoughtsTokenCount?: unknown;
  cachedContentTokenCount?: unknown;
  totalTokenCount?: unknown;
}

/** What no model can have used is not believed, nor could it be stored. */
const MAX_TOKENS = 1_000_000_000;

/** Google counts thoughts beside the answer; here they are part of it, as with every provider. */
export function toUsage(usage: Usage): ModelUsage {
  const [answer, thoughts] = [count(usage.candidatesTokenCount), count(usage.thoughtsTokenCount)];
  return {
    promptTokens: count(usage.promptTokenCount),
    completionTokens: answer === null && thoughts === null ? null : (answer ?? 0) + (thoughts ?? 0),
    totalTokens: count(usage.totalTokenCount),
    cachedInputTokens: count(usage.cachedContentTokenCount),
    cacheWriteTokens: null,
    reasoningTokens: thoughts,
  };
}

function count(value: unknown): number | null {
  const isCount = Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TOKENS;
  return isCount ? (value as number) : null;
}
