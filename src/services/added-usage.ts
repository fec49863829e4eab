import type { ModelUsage } from '../agent/model.ts';
import { Prisma } from '../store/generated/client.ts';

/** Assignments that add to what is known of a run: a number that the provider did not say changes nothing. */
export function addedUsage(usage: ModelUsage): Prisma.Sql {
  return Prisma.sql`
    "promptTokens" = coalesce("promptTokens" + ${usage.promptTokens}::int, ${usage.promptTokens}::int, "promptTokens"),
    "completionTokens" = coalesce("completionTokens" + ${usage.completionTokens}::int, ${usage.completionTokens}::int, "completionTokens"),
    "totalTokens" = coalesce("totalTokens" + ${usage.totalTokens}::int, ${usage.totalTokens}::int, "totalTokens"),
    "cachedInputTokens" = coalesce("cachedInputTokens" + ${usage.cachedInputTokens}::int, ${usage.cachedInputTokens}::int, "cachedInputTokens"),
    "cacheWriteTokens" = coalesce("cacheWriteTokens" + ${usage.cacheWriteTokens}::int, ${usage.cacheWriteTokens}::int, "cacheWriteTokens"),
    "reasoningTokens" = coalesce("reasoningTokens" + ${usage.reasoningTokens}::int, ${usage.reasoningTokens}::int, "reasoningTokens"),
    "contextTokens" = coalesce(${usage.totalTokens}::int, "contextTokens")`;
}
