import { Prisma } from '../../store/generated/client.ts';

/**
 * SQL for the milliseconds from a run's start to `time`, without the time that it has waited for decisions. At most
 * what the column holds (24 days); null for a run that never started.
 */
export function millisecondsSinceStart(time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    CASE WHEN ${time} >= "startedAt"
      THEN GREATEST(LEAST(extract(epoch FROM ${time} - "startedAt") * 1000, 2147483647)::int - "waitedMs", 0)
    END`;
}
