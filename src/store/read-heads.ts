import type { Sql } from './database.ts';
import { Prisma, type ConversationHead, type Run } from './generated/client.ts';

/** The end of a conversation's log, and the run whose turn it is: both as of one moment. */
export interface Head extends Pick<ConversationHead, 'conversationId' | 'lastEventSeq' | 'openSeq' | 'closed'> {
  /** It has not ended. Its `request` is not read: it may be large, and is shown nowhere. */
  activeRun: Run | null;
}

/** Its other columns are null where there is no active run. */
type Row = Omit<Run, 'request' | 'requestAsGiven'> &
  Pick<Head, 'openSeq' | 'closed'> & { headOf: string; headSeq: number };

/** By their names: the columns of a prepared statement must not change when a migration adds one. */
const columnsOfRun = Prisma.raw(
  Object.keys(Prisma.RunScalarFieldEnum)
    .filter((column) => !['request', 'requestAsGiven'].includes(column))
    .map((column) => `run."${column}"`)
    .join(', '),
);

/** In one statement: between two of them one run may end, and the next one get its turn. */
export async function readHeads(sql: Sql, ids: readonly string[]): Promise<Head[]> {
  const rows = await sql<Row>(Prisma.sql`
    SELECT head."conversationId" AS "headOf", head."lastEventSeq" AS "headSeq", head."openSeq", head.closed, ${columnsOfRun}
    FROM "ConversationHead" AS head LEFT JOIN "Run" AS run ON run.id = head."activeRunId"
    WHERE head."conversationId" = ANY(${ids}::text[])`);
  return rows.map(({ headOf: conversationId, headSeq: lastEventSeq, openSeq, closed, ...run }) => ({
    conversationId,
    lastEventSeq,
    openSeq,
    closed,
    activeRun: run.id ? { ...run, request: null, requestAsGiven: null } : null,
  }));
}
