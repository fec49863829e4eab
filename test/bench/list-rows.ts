import { END, idOf, truncated, word } from './list-values.ts';

interface Step {
  title: string;
  statement: string;
}

const BATCH = 250_000;
/** Of seeded time to each conversation: a million take a month. */
const SECONDS = 2.592;

/**
 * The statements that fill an empty database, made by the first start, up to so many conversations. 90 % are in the
 * default organization, with one agent that has every ninth of them and many that have a few; the others in
 * organizations of five. Rows are written in the order of time, as they would be in life.
 */
export function listRows(conversations: number): Step[] {
  const agents = conversations / 20;
  const organizations = conversations / 50;
  return [
    {
      title: 'organizations and agents',
      statement: `
        CREATE TEMP TABLE first AS SELECT * FROM "Agent";
        CREATE TEMP TABLE owner AS
          SELECT 1 AS number, id, "organizationId" FROM first
          UNION ALL SELECT n, ${idOf('agent', END)}, "organizationId" FROM generate_series(2, ${agents}) n, first
          UNION ALL SELECT n, ${idOf('agent', END)}, ${idOf('org', END)}
            FROM generate_series(${agents + 1}, ${agents + organizations}) n;
        INSERT INTO "Organization" (id, name)
          SELECT "organizationId", 'Organization ' || number FROM owner WHERE number > ${agents};
        ANALYZE owner`,
    },
    ...inBatches(2, conversations, 'planned conversations', (from, to) => planned(agents, organizations, from, to)),
    {
      title: 'conversations with runs',
      statement: `
        CREATE TEMP TABLE busy AS
          SELECT *, row_number() OVER (ORDER BY random())::int AS rank FROM planned WHERE "hasRuns";
        ANALYZE busy`,
    },
    ...inBatches(1, 3 * conversations, 'runs', (from, to) => runs(conversations, from, to)),
    {
      title: 'completions',
      statement: `
        CREATE TEMP TABLE ran AS
          SELECT "conversationId" AS id, max("completedAt") AS completed, max("createdAt") AS sent FROM "Run" GROUP BY 1;
        ANALYZE ran`,
    },
    ...inBatches(2, conversations, 'conversations', insertConversations),
    {
      title: 'heads',
      statement: `
        INSERT INTO "ConversationHead" ("conversationId", "organizationId", "changedAt", closed)
        SELECT id, "organizationId", "lastActivityAt", "deletedAt" IS NOT NULL FROM "Conversation" ON CONFLICT DO NOTHING`,
    },
    {
      title: 'agents',
      statement: `
        CREATE TEMP TABLE worked AS
          SELECT "agentId" AS id, max("lastRunCompletion") AS completed FROM "Conversation" GROUP BY 1;
        UPDATE "Agent" SET "lastRunCompletion" = completed FROM worked WHERE worked.id = "Agent".id;
        INSERT INTO "Agent" (id, "organizationId", name, system, model, "contextWindow", tags, "lastRunCompletion", "createdAt")
        SELECT owner.id, owner."organizationId", 'Agent ' || number, system, model, "contextWindow", tags, completed,
          ${END} - random() * interval '30 days'
        FROM owner LEFT JOIN worked USING (id), first WHERE number > 1`,
    },
  ];
}

function inBatches(
  first: number,
  last: number,
  title: string,
  statement: (from: number, to: number) => string,
): Step[] {
  const starts = Array.from({ length: Math.ceil((last - first + 1) / BATCH) }, (_, index) => first + index * BATCH);
  return starts.map((from) => {
    const to = Math.min(from + BATCH - 1, last);
    return { title: `${title} ${to} of ${last}`, statement: statement(from, to) };
  });
}

/** The first conversation of each agent is its default one; that of the first agent is there already. */
function planned(agents: number, organizations: number, from: number, to: number): string {
  const columns = `
    SELECT drawn.number AS place, ${idOf('conv', 'at')} AS id, owner."organizationId", owner.id AS "agentId", "isDefault",
      ${truncated('at')} AS "createdAt",
      random() < 0.7 AS "hasRuns",
      CASE WHEN NOT "isDefault" AND random() < 0.005 THEN at + interval '1 day' END AS "deletedAt"`;
  const drawn = `
    SELECT n AS number, ${END} - (${agents * 20} - n) * ${SECONDS} * interval '1 second' AS at,
      CASE WHEN n % 10 = 0 THEN n / 10 <= ${organizations} ELSE n - n / 10 <= ${agents} END AS "isDefault",
      CASE
        WHEN n % 10 = 0 THEN ${agents} + 1 + (n / 10 - 1) % ${organizations}
        WHEN n - n / 10 <= ${agents} THEN n - n / 10
        WHEN random() < 2.0 / 17 THEN 1
        ELSE 2 + floor(${agents - 1} * random() ^ 2)::int
      END AS agent
    FROM generate_series(${from}, ${to}) n`;
  const query = `${columns} FROM (${drawn}) AS drawn JOIN owner ON owner.number = agent`;
  return from === 2 ? `CREATE TEMP TABLE planned AS ${query}` : `INSERT INTO planned ${query}`;
}

/** One for each conversation that has any; the rest by a power law, so that a few have hundreds. */
function runs(conversations: number, from: number, to: number): string {
  const days = (conversations * SECONDS) / 86_400;
  return `
    INSERT INTO "Run" (id, "organizationId", "agentId", "conversationId", status, "stopReason", claim, "queuedSeq",
      "firstEventSeq", "lastEventSeq", request, model, "stepCount", "createdAt", "startedAt", "completedAt", "durationMs", "deletedAt")
    SELECT ${idOf('run', 'at')}, "organizationId", "agentId", id, status::"RunStatus",
      CASE status WHEN 'COMPLETED' THEN 'END_TURN' WHEN 'FAILED' THEN 'LLM_API_ERROR' ELSE 'CANCELLED' END::"StopReason",
      1, seq, seq + 1, seq + 9, '{}', 'offline/parley', 1, at, at, ${truncated("at + ms * interval '1 ms'")}, ms, "deletedAt"
    FROM (
      SELECT busy.*, (1 - 30000 * ln(1 - random()))::int AS ms,
        "createdAt" + apart * interval '1 day' AS at, 10 + (apart * 864000)::int AS seq,
        CASE WHEN chance < 0.9 THEN 'COMPLETED' WHEN chance < 0.97 THEN 'FAILED' ELSE 'CANCELLED' END AS status
      FROM (
        SELECT random() AS chance, ${days / 3} * random() ^ 3 AS apart,
          CASE WHEN n <= busiest THEN n ELSE 1 + floor(busiest * random() ^ 2)::int END AS rank
        FROM generate_series(${from}, ${to}) n, (SELECT count(*)::int AS busiest FROM busy) AS counted
      ) AS drawn JOIN busy USING (rank)
    ) AS run ORDER BY at`;
}

function insertConversations(from: number, to: number): string {
  return `
    INSERT INTO "Conversation" (id, "organizationId", "agentId", "isDefault", summary, "lastRunCompletion", "lastMessageAt",
      "lastActivityAt", "createdAt", "updatedAt", "deletedAt")
    SELECT id, "organizationId", "agentId", "isDefault",
      CASE WHEN random() < 0.8 THEN concat_ws(' ', ${word('verbs')}, ${word('things')}, (1000 * random())::int, ${word('people')}) END,
      completed, message, greatest("createdAt", message, completed), "createdAt", greatest("createdAt", message, completed), "deletedAt"
    FROM (
      SELECT planned.*, completed, CASE WHEN sent IS NOT NULL THEN sent WHEN random() < 0.2 THEN "createdAt" END AS message
      FROM planned LEFT JOIN ran USING (id) WHERE place BETWEEN ${from} AND ${to}
    ) AS whole ORDER BY place`;
}
