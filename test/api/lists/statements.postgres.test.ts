import { expect, test } from 'vitest';
import { startOwnServer } from '../../harness/server.ts';
import { statementsOf, addAgents } from '../../harness/statements.ts';

const THREE_LEVELS = `{
  agents(first: 200) {
    totalCount
    nodes {
      id
      conversations(first: 20, orderBy: { field: LAST_RUN_COMPLETION, direction: DESC }) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage }
        nodes {
          id
          runs(last: 20, orderBy: { field: DURATION, direction: ASC }) { totalCount nodes { id status } }
        }
      }
    }
  }
}`;

const EVERYTHING = `{
  agents(first: 200) {
    nodes {
      defaultConversation { id }
      blocks { id }
      tools { requiresApproval tool { id name } }
      conversations(first: 20) {
        nodes {
          status eventCursor agent { name } isolatedBlocks { id } activeRun { id } contextMessages { id }
          lastMessage { id run { id } }
          messages(last: 3) { totalCount nodes { id step { index } } }
          lastRun {
            status steps { index } inputMessages { id } pendingToolCalls { id } agent { id } conversation { id }
            messages(first: 2) { nodes { id } }
          }
        }
      }
    }
  }
}`;

const CONTEXTS = `{
  conversations(first: 200) { nodes { systemPrompt contextWindow { total reported } } }
}`;

test.each([
  { name: 'three levels of connections with their counts', query: THREE_LEVELS, statements: 7 },
  { name: 'every relation of a list', query: EVERYTHING, statements: 29 },
])('$name: the number of statements does not depend on the number of rows', async ({ query, statements }) => {
  await using server = await startOwnServer({ ROLE: 'api' });
  const read = async () => expect((await server.request(query, {})).errors).toBe(undefined);
  await addAgents(server, { agents: 2, conversations: 2, runs: 2 });
  const few = await statementsOf(server, read);
  await addAgents(server, { agents: 12, conversations: 5, runs: 4 });
  expect(await statementsOf(server, read)).toBe(few);
  expect(few).toBe(statements);
});

test('the contexts of up to 20 conversations are read together', async () => {
  await using server = await startOwnServer({ ROLE: 'api' });
  const read = async () => expect((await server.request(CONTEXTS, {})).errors).toBe(undefined);
  await addAgents(server, { agents: 2, conversations: 2, runs: 2 });
  const few = await statementsOf(server, read);
  await addAgents(server, { agents: 5, conversations: 3, runs: 4 });
  expect(await statementsOf(server, read)).toBe(few);
});

test('nodes of one type are read in one statement', async () => {
  await using server = await startOwnServer({ ROLE: 'api' });
  const { agents, conversations } = await addAgents(server, { agents: 5, conversations: 4, runs: 0 });
  const ids = JSON.stringify([...agents, ...conversations].map(({ id }) => id));
  const read = async () => {
    const { data } = await server.request<{ nodes: unknown[] }, object>(`{ nodes(ids: ${ids}) { id } }`, {});
    expect(data?.nodes).toHaveLength(25);
    expect(data?.nodes).not.toContain(null);
  };
  expect(await statementsOf(server, read)).toBe(2);
});
