import { Prisma } from '../../store/generated/client.ts';
import { tokenCounts, type ModelUsage } from '../../usage.ts';

/**
 * Assignments that add the usage of a model call to a run's. A count that the provider did not report changes nothing.
 * `contextTokens`: the size of the context after the call; null if the call was not made with it.
 */
export function addedUsage(usage: ModelUsage, contextTokens: number | null = usage.totalTokens): Prisma.Sql {
  const added = tokenCounts.map((name) => {
    const column = Prisma.raw(`"${name}"`);
    const count = Prisma.sql`${usage[name]}::int`;
    return Prisma.sql`${column} = coalesce(${column} + ${count}, ${count}, ${column})`;
  });
  return Prisma.sql`${Prisma.join(added)}, "contextTokens" = coalesce(${contextTokens}::int, "contextTokens")`;
}
