import { z } from 'zod';
import { excerpt } from '../../../agent/excerpt.ts';
import type { Hold } from '../../../events/change.ts';
import { Prisma } from '../../../store/generated/client.ts';
import { retryWhileUnavailable } from '../../../store/unavailable.ts';
import type { Deps } from '../../../services/deps.ts';
import { moment } from './moment.ts';

/** The part of each message that is shown, in code points. */
const SHOWN = 1000;
/** The part of each message that is searched, in code points. */
const SEARCHED = 50_000;
/** Places of the history that are searched by one statement: however long the messages are, none takes long. */
const PAGE = 250;

interface Hit {
  kind: 'USER' | 'ASSISTANT';
  position: number;
  createdAt: Date;
  text: string;
  /** It has every word, or the query as it stands. */
  isWhole: boolean;
  rank: number;
}

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
      ...(from ? [Prisma.sql`m."createdAt" >= ${timestamp(from.begin(timezone))}`] : []),
      ...(to ? [Prisma.sql`m."createdAt" < ${timestamp(to.end(timezone))}`] : []),
    ],
    ' AND ',
  );
}

/** Not as a Date: its text may be of a year that PostgreSQL does not read, 0 or 10000. */
const timestamp = (milliseconds: number) => Prisma.sql`to_timestamp(${milliseconds / 1000}::float8)`;

/**
 * The best hits of one page. No index helps with the words, and none is needed: the page is found by the index on
 * position, and reading it costs less than keeping such an index would with every message of every conversation.
 */
function pageOf({ query, limit }: { query: string; limit: number }, conditions: Prisma.Sql): Prisma.Sql {
  // The query as it stands: for languages whose words PostgreSQL does not tell apart, and for pieces of words.
  const pattern = Prisma.sql`'%' || ${escaped(Prisma.sql`lower(${query}::text)`)} || '%'`;
  // To find the words of a text is the costly part, so it is done only where one of those wanted may be: the forms of a
  // word begin with its stem, but for a last letter that stemming may have put there: happi, whale, sensibl.
  const stem = escaped(Prisma.sql`regexp_replace(lexeme, '[eil]$', '')`);
  return Prisma.sql`
    WITH wanted AS (
      SELECT q AS whole, CASE WHEN q::text LIKE '%!%' THEN q ELSE replace(q::text, ' & ', ' | ')::tsquery END AS part,
        ${pattern} AS pattern, ARRAY(SELECT '%' || ${stem} || '%' FROM unnest(to_tsvector('english', ${query}::text))) AS stems
      FROM websearch_to_tsquery('english', ${query}::text) AS q),
    said AS MATERIALIZED (
      SELECT m.kind, m.position, m."createdAt", left(CASE m.kind
        WHEN 'USER' THEN (SELECT string_agg(p.part->>'text', E'\n\n' ORDER BY p.place)
          FROM jsonb_array_elements(m.content->'parts') WITH ORDINALITY AS p(part, place))
        ELSE m.content->>'text' END, ${SEARCHED}::int) AS text
      FROM "Message" m WHERE ${conditions}),
    folded AS MATERIALIZED (SELECT said.*, lower(text) AS lower FROM said),
    read AS MATERIALIZED (
      SELECT folded.*, folded.lower LIKE pattern AS "isLiteral", to_tsvector('english', text) AS words
      FROM folded, wanted WHERE folded.lower LIKE pattern OR folded.lower LIKE ANY (stems))
    SELECT kind::text, position, "createdAt", text, words @@ whole OR "isLiteral" AS "isWhole",
      ts_rank(words, part, 1)::float8 AS rank
    FROM read, wanted WHERE words @@ part OR "isLiteral"
    ORDER BY "isWhole" DESC, rank DESC, position DESC LIMIT ${limit}::int`;
}

/** For LIKE: no character is a wildcard. */
const escaped = (text: Prisma.Sql) => Prisma.sql`regexp_replace(${text}, '([\\\\%_])', '\\\\\\1', 'g')`;
