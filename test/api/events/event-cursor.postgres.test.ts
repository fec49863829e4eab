import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import { afterStatements } from '../../harness/after-statements.ts';
import { startOwnServer, type OwnServer } from '../../harness/server.ts';
import { summarize } from '../../harness/sidebar.ts';
import { eventsUntil, firstConversation } from '../../harness/talk.ts';

const CURSOR_AND_SUMMARY = graphql(`
  query CursorAndSummary($id: ID!) {
    conversation(id: $id) {
      summary
      eventCursor
      agent {
        id
      }
    }
  }
`);

test.for(['conversation', 'agent'] as const)(
  'read by the id of its %s, no change of a conversation lies before its cursor that is not seen',
  async (type) => {
    await using server = await startOwnServer({ ROLE: 'api' });
    const conversationId = await firstConversation(server);
    const { agentId } = await server.deps.db.conversation.findUniqueOrThrow({ where: { id: conversationId } });
    const id = type === 'agent' ? agentId : conversationId;
    let changes = 0;
    const change = () => summarize(server, conversationId, `${++changes}`);
    await change();
    const read = async () => (await server.execute(CURSOR_AND_SUMMARY, { id })).conversation ?? expect.fail('gone');
    const { summary, eventCursor } = await meanwhile(server, change, read);
    expect(changes).toBeGreaterThan(2);
    await change();
    const { eventCursor: end } = await read();
    const edges = await eventsUntil(server, { conversationId, after: eventCursor }, ({ cursor }) => cursor === end);
    // Each change is an event.
    expect(Number(summary) + edges.length).toBeGreaterThanOrEqual(changes);
  },
);

/** What is read while a conversation changes after each statement. Other servers of this process make statements too. */
async function meanwhile<Result>(
  { database }: OwnServer,
  change: () => Promise<unknown>,
  read: () => Promise<Result>,
): Promise<Result> {
  const name = new URL(database.url ?? '').pathname.slice(1);
  using _ = afterStatements((statement, of) => of === name && /SELECT.*"Conversation/.test(statement), change);
  return await read();
}
