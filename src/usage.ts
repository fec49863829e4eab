/** What a provider counts of each model call, in tokens. */
export const tokenCounts = [
  'promptTokens',
  'completionTokens',
  'totalTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'reasoningTokens',
] as const;

type TokenCount = (typeof tokenCounts)[number];

/** The usage of one model call, or the sum of several. Null: the provider did not report the count; it never means zero. */
export type ModelUsage = Record<TokenCount, number | null>;

/** The usage of a run or a step. `contextTokens`: the size of the context after the last model call; it is not summed up. */
export type Usage = ModelUsage & { contextTokens: number | null };

export function usageOf(row: Usage): Usage {
  return { ...eachCount((name) => row[name]), contextTokens: row.contextTokens };
}

/** Adds up each count over the usages that report it. */
export function sumUsage(usages: ModelUsage[]): ModelUsage {
  return eachCount((name) =>
    usages.reduce<number | null>((sum, { [name]: count }) => (count === null ? sum : (sum ?? 0) + count), null),
  );
}

export const NO_USAGE: Usage = { ...sumUsage([]), contextTokens: null };

function eachCount(valueOf: (name: TokenCount) => number | null): ModelUsage {
  return Object.fromEntries(tokenCounts.map((name) => [name, valueOf(name)])) as ModelUsage;
}
