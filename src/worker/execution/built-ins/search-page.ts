import { Prisma } from '../../../store/generated/client.ts';

/** Of each message, in code points: what is searched. */
const SEARCHED = 50_000;

export interface Hit {
  kind: 'USER' | 'ASSISTANT';
  position: number;
  createdAt: Date;
  text: string;
  /** It has every word, or the query as it stands. */
  isWhole: boolean;
  rank: number;
}

/**
 * The best hits of one page. No index helps with the words, and none is needed: the page is found by the index on
 * position, and reading it costs less than keeping such an index would with every message of every conversation.
 */
export function pageOf({ query, limit }: { query: string; limit: number }, conditions: Prisma.Sql): Prisma.Sql {
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
