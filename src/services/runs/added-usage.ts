import type { ModelUsage } from '../../agent/model.ts';
import { Prisma } from '../../store/generated/client.ts';

/**
 * Assignments that add to what is known of a run: a number that the provider did not say changes nothing. `contextTokens`:
 * the size of the context after the call; null where the call was not made with it.
 */
export function addedUsage(usage: ModelUsage, contextTokens: number | null = usage.totalTokens): Prisma.Sql {
  return Prisma.sql`
    "promptTokens" = coalesce("promptTokens" + ${usage.promptTokens}::int, ${usage.promptTokens}::int, "promptTokens"),
    "completionTokens" = coalesce("completionTokens" + ${usage.completionTokens}::int, ${usage.completionTokens}::int, "completionTokens"),
    "totalTokens" = coalesce("totalTokens" + ${usage.totalTokens}::int, ${usage.totalTokens}::int, "totalTokens"),
    "cachedInputTokens" = coalesce("cachedInputTokens" + ${usage.cachedInputTokens}::int, ${usage.cachedInputTokens}::int, "cachedInputTokens"),
    "cacheWriteTokens" = coalesce("cacheWriteTokens" + ${usage.cacheWriteTokens}::int, ${usage.cacheWriteTokens}::int, "cacheWriteTokens"),
    "reasoningTokens" = coalesce("reasoningTokens" + ${usage.reasoningTokens}::int, ${usage.reasoningTokens}::int, "reasoningTokens"),
    "contextTokens" = coalesce(${contextTokens}::int, "contextTokens")`;
}
