import { NotFoundError } from '../errors.ts';
import type { Tx } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';

export type Locked<Row> = Row & {
  /** What a change of it is dated. */
  at: Date;
};

/**
 * From now on nobody else can change the row until the transaction ends. Returns what a change of it is dated: by the
 * database's clock, and later than the one before even if that clock was set back. Read the row in a later statement:
 * one that waited for a lock sees everything else as of before it waited.
 */
export async function lockRow(
  tx: Tx,
  table: 'Agent' | 'Block' | 'Conversation' | 'Tool',
  { id, organizationId }: { id: string; organizationId: string },
): Promise<Date> {
  const [row] = await tx.$queryRaw<{ at: Date }[]>`
    SELECT GREATEST(clock_timestamp(), "updatedAt" + interval '1 millisecond')::timestamptz(3) AS at
    FROM ${Prisma.raw(`"${table}"`)}
    WHERE id = ${id} AND "organizationId" = ${organizationId}
    FOR NO KEY UPDATE`;
  if (!row) throw new NotFoundError(id);
  return row.at;
}
