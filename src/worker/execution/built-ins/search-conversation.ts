import { z } from 'zod';
import { excerpt } from '../../../agent/excerpt.ts';
import type { Hold } from '../../../events/change.ts';
import { Prisma } from '../../../store/generated/client.ts';
import { retryWhileUnavailable } from '../../../store/unavailable.ts';
import type { Deps } from '../../../services/deps.ts';
import { moment } from './moment.ts';
import { pageOf, type Hit } from './search-page.ts';

/** Of each message, in code points. */
const SHOWN = 1000;
/** Places of the history that are searched by one statement: however long the messages are, none takes long. */
const PAGE = 250;

const Search = z.object({
  query: z
    .string()
    .transform((text) => text.replaceAll('\0', ' ').toWellFormed().trim())
    .default(''),
  roles: z.array(z.enum(['user', 'assistant'])).default([]),
  limit: z.int().default(10),
  start_date: moment('start_date').optional(),
  end_date: moment('end_date').optional(),
});

/**
 * What was said in the conversation of a run before that run, the best first, as JSON for the model. Other conversations
 * of the agent are not searched: what one user said is not for another.
 */
export async function searchConversation(
  { db }: Pick<Deps, 'db'>,
  hold: Hold,
  given: Record<string, unknown>,
): Promise<string> {
  const search = Search.parse(given);
  const { organizationId, conversationId: id, signal } = hold;
  const { head, agent } = await retryWhileUnavailable(
    () =>
      db.conversation.findUniqueOrThrow({
        where: { id, organizationId },
        select: { head: true, agent: { select: { timezone: true } } },
      }),
    signal,
  );
  const conditions = conditionsOf(search, hold, agent.timezone);
  let best: Hit[] = [];
  for (let last = head?.lastPosition ?? 0; last > 0; last -= PAGE) {
    signal.throwIfAborted();
    const place = Prisma.sql`m.position > ${last - PAGE}::int AND m.position <= ${last}::int`;
    const found = await retryWhileUnavailable(
      () => db.$queryRaw<Hit[]>(pageOf(search, Prisma.sql`${conditions} AND ${place}`)),
      signal,
    );
    best = [...best, ...found].toSorted(byMerit).slice(0, search.limit);
    // Without a query the newest are wanted.
    if (search.query === '' && best.length === search.limit) break;
  }
  if (best.length === 0) return 'Nothing was found. Try other words, or fewer.';
  return JSON.stringify(
    best.map(({ kind, createdAt, text }) => ({
      role: kind.toLowerCase(),
      createdAt: createdAt.toISOString(),
      text: excerpt(text, search.query, SHOWN),
    })),
  );
}

function byMerit(one: Hit, other: Hit): number {
  return Number(other.isWhole) - Number(one.isWhole) || other.rank - one.rank || other.position - one.position;
}

function conditionsOf(search: z.output<typeof Search>, hold: Hold, timezone: string): Prisma.Sql {
  const { organizationId, conversationId, runId } = hold;
  const { roles, start_date: from, end_date: to } = search;
  const kinds = (roles.length > 0 ? roles : ['user', 'assistant']).map((role) => role.toUpperCase());
  return Prisma.join(
    [
      Prisma.sql`m."conversationId" = ${conversationId}::text AND m."organizationId" = ${organizationId}::text`,
      Prisma.sql`m.kind = ANY(${kinds}::text[]::"MessageKind"[])`,
      // The question that the run answers would always be the best hit.
      Prisma.sql`m."runId" IS DISTINCT FROM ${runId}::text`,
      ...(from ? [Prisma.sql`m."createdAt" >= ${from.begin(timezone)}`] : []),
      ...(to ? [Prisma.sql`m."createdAt" < ${to.end(timezone)}`] : []),
    ],
    ' AND ',
  );
}
