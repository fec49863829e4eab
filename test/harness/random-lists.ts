import fc from 'fast-check';
import type { ValueOf } from './random-rows.ts';

/** Every list with filters, in GraphQL and in SQL; the order of each column. */
export const lists = {
  conversations: {
    from: `"Conversation" t LEFT JOIN "ConversationHead" h ON h."conversationId" = t.id LEFT JOIN "Run" r ON r.id = h."activeRunId"`,
    columns: {
      CREATED_AT: 'createdAt',
      LAST_RUN_COMPLETION: 'lastRunCompletion',
      LAST_MESSAGE_AT: 'lastMessageAt',
      LAST_ACTIVITY_AT: 'lastActivityAt',
    },
    filters: [
      ['null', 'true'],
      ['{ summarySearch: "rome" }', `lower(summary) LIKE '%rome%'`],
      ['{ summarySearch: "0% o" }', `summary = '50% off'`],
      ['{ summarySearch: "E_C" }', `summary = 'snake_case'`],
      ['{ summarySearch: "\\\\" }', `summary = 'a\\b'`],
      ['{ summarySearch: "ärg" }', `summary = 'Ärger'`],
      ['{ summarySearch: "" }', 'true'],
      ['{ statuses: [] }', 'true'],
      ['{ statuses: [IDLE] }', 'r.status IS NULL'],
      ['{ statuses: [RUNNING, QUEUED] }', `r.status IN ('RUNNING', 'QUEUED')`],
      [
        '{ statuses: [IDLE, REQUIRES_ACTION], summarySearch: "o" }',
        `summary ILIKE '%o%' AND coalesce(r.status, 'REQUIRES_ACTION') = 'REQUIRES_ACTION'`,
      ],
    ],
  },
  agents: {
    from: '"Agent" t',
    columns: { CREATED_AT: 'createdAt', LAST_RUN_COMPLETION: 'lastRunCompletion', NAME: 'name' },
    filters: [
      ['null', 'NOT hidden'],
      ['{ includeHidden: true }', 'true'],
      ['{ name: "Ada" }', `NOT hidden AND name = 'Ada'`],
      ['{ query: "0%" }', `NOT hidden AND name = '100%'`],
      ['{ query: "ADA" }', `NOT hidden AND lower(name) = 'ada'`],
      ['{ tags: ["red", "blue"] }', `NOT hidden AND ('red' = ANY(tags) OR 'blue' = ANY(tags))`],
      ['{ tags: ["red", "blue"], matchAllTags: true }', `NOT hidden AND 'red' = ANY(tags) AND 'blue' = ANY(tags)`],
      ['{ lastStopReason: CANCELLED, includeHidden: true }', `"lastStopReason" = 'CANCELLED'`],
    ],
  },
  runs: {
    from: '"Run" t',
    columns: { CREATED_AT: 'createdAt', COMPLETED_AT: 'completedAt', DURATION: 'durationMs' },
    filters: [
      ['null', 'true'],
      ['{ statuses: [FAILED, RUNNING] }', `t.status IN ('FAILED', 'RUNNING')`],
      ['{ stopReasons: [END_TURN] }', `"stopReason" = 'END_TURN'`],
      [
        '{ statuses: [COMPLETED], stopReasons: [ERROR, CANCELLED] }',
        `t.status = 'COMPLETED' AND "stopReason" IN ('ERROR', 'CANCELLED')`,
      ],
    ],
  },
} as const;

export type ListName = keyof typeof lists;

export const choices = fc.record({
  direction: fc.constantFrom('ASC', 'DESC'),
  nulls: fc.constantFrom('FIRST', 'LAST'),
  filter: fc.nat(),
  size: fc.integer({ min: 1, max: 12 }),
});

type Choice = ValueOf<typeof choices>;

/** The list as a client asks for it, and the SQL that says what is in it. */
export function chosen(name: ListName, field: string, { direction, nulls, filter: index }: Choice) {
  const { from, filters, columns } = lists[name];
  const [filter, condition] = filters[index % filters.length]!;
  const column = (columns as Record<string, string>)[field];
  return {
    list: { path: [name], filter, orderBy: `{ field: ${field}, direction: ${direction}, nulls: ${nulls} }` },
    select: `SELECT t.id FROM ${from} WHERE t."deletedAt" IS NULL AND (${condition})`,
    order: `ORDER BY t."${column}" ${direction} NULLS ${nulls}, t.id ${direction}`,
  };
}
