import { connect, initialize } from './bench-database.ts';
import { CONVERSATIONS } from './compaction-target.ts';
import { END, idOf, word } from './list-values.ts';

export const MESSAGES = 10_000;

/** Two agents, one for each way to count tokens, with a conversation of 10,000 messages each. */
export async function seedCompaction(url: string): Promise<void> {
  await initialize(url);
  await using session = await connect(url);
  const { client } = session;
  await client.query('SELECT setseed(0.5)');
  for (const [model, conversationId] of Object.entries(CONVERSATIONS)) {
    const agentId = conversationId.replace('conv', 'agent');
    await client.query(`
      INSERT INTO "Agent" (id, "organizationId", name, system, model, "contextWindow")
        SELECT '${agentId}', "organizationId", '${model}', system, 'local/${model}', 2000000 FROM "Agent" LIMIT 1;
      INSERT INTO "Conversation" (id, "organizationId", "agentId", "isDefault")
        SELECT '${conversationId}', "organizationId", id, true FROM "Agent" WHERE id = '${agentId}';
      INSERT INTO "ConversationHead" ("conversationId", "organizationId", "lastPosition", "lastContextRank")
        SELECT id, "organizationId", ${MESSAGES + 1}, ${MESSAGES + 1} FROM "Conversation" WHERE id = '${conversationId}';
      INSERT INTO "Message" (id, "organizationId", "conversationId", kind, content, position, "contextRank", "inContext")
        SELECT ${idOf('message', `${END} + n * interval '1 second'`)}, "organizationId", "conversationId", kind::"MessageKind",
          CASE kind WHEN 'USER' THEN jsonb_build_object('parts', jsonb_build_array(jsonb_build_object('text', text)))
            ELSE jsonb_build_object('text', text, 'model', '', 'isPartial', false) END, n, n, true
        FROM "ConversationHead", generate_series(1, ${MESSAGES + 1}) n,
          LATERAL (SELECT CASE WHEN n = 1 THEN 'SYSTEM' WHEN n % 2 = 0 THEN 'USER' ELSE 'ASSISTANT' END AS kind,
            (SELECT string_agg(${word('verbs')} || ' the ' || ${word('things')} || ' ' || ${word('people')}, ', ' ORDER BY m)
              FROM generate_series(1, 8) m WHERE n > 0) AS text) AS said
        WHERE "conversationId" = '${conversationId}'`);
  }
  await client.query('VACUUM ANALYZE');
}
