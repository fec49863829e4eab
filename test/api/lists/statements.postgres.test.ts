import pg from 'pg';
import { expect, test, vi } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { startOwnServer, type OwnServer, type TestServer } from '../../harness/server.ts';

/** How many statements reach the server's own database while `work` runs. Others run in this process, too. */
async function statementsOf({ database }: OwnServer, work: () => Promise<unknown>): Promise<number> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  const name = new URL(database.url ?? '').pathname.slice(1);
  try {
    await work();
    return query.mock.contexts.filter((client) => (client as pg.Client).database === name).length;
  } finally {
    query.mockRestore();
  }
}

async function addAgents(
  { deps: { db } }: TestServer,
  counts: { agents: number; conversations: number; runs: number },
) {
  const { organizationId } = await db.agent.findFirstOrThrow();
  const agents = many(counts.agents, () => ({
    id: newId('Agent'),
    organizationId,
    name: 'A',
    system: '',
    model: 'm',
    contextWindow: 1,
  }));
  const conversations = agents.flatMap(({ id: agentId }) =>
    many(counts.conversations, (index) => ({
      id: newId('Conversation'),
      organizationId,
      agentId,
      isDefault: index === 0,
    })),
  );
  const place = { queuedSeq: 1, firstEventSeq: 1, request: {}, status: 'COMPLETED' } as const;
  const runs = conversations.flatMap(({ id: conversationId, agentId }) =>
    many(counts.runs, (index) => ({
      ...place,
      id: newId('Run'),
      organizationId,
      conversationId,
      agentId,
      queuedSeq: index,
    })),
  );
  await db.agent.createMany({ data: agents });
  const tools = await db.tool.findMany();
  await db.agentTool.createMany({
    data: agents.flatMap(({ id: agentId }) => tools.map(({ id: toolId }) => ({ agentId, toolId }))),
  });
  await db.conversation.createMany({ data: conversations });
  await db.conversationHead.createMany({
    data: conversations.map(({ id }) => ({ conversationId: id, organizationId })),
  });
  await db.run.createMany({ data: runs });
  await db.step.createMany({
    data: runs.map(({ id: runId }) => ({
      id: newId('Step'),
      organizationId,
      runId,
      index: 0,
      status: 'SUCCEEDED',
      model: 'm',
      provider: 'p',
    })),
  });
  await db.message.createMany({
    data: conversations.map(({ id: conversationId }) => ({
      id: newId('Message'),
      organizationId,
      conversationId,
      kind: 'USER',
      position: 1,
      contextRank: 1,
      inContext: true,
      content: { parts: [{ text: 'Hi' }] },
    })),
  });
  return { agents, conversations };
}

/** In each conversation that has a step: two calls of it, one of which had to be approved, with all messages that tell of them. */
async function addToolMessages({ deps: { db } }: TestServer) {
  const steps = await db.step.findMany({ where: { toolCalls: { none: {} } }, include: { run: true } });
  const calls = steps.flatMap(({ id: stepId, runId, organizationId }) =>
    [false, true].map((needsDecision, index) => ({
      id: newId('ToolCall'),
      organizationId,
      runId,
      stepId,
      index,
      name: needsDecision ? 'careful' : 'quick',
      status: 'SUCCEEDED' as const,
      argumentsText: '{}',
      argumentsHash: '',
      needsDecision,
    })),
  );
  await db.toolCall.createMany({ data: calls });
  const kinds = ['TOOL_CALL', 'APPROVAL_REQUEST', 'APPROVAL_RESPONSE', 'TOOL_RETURN'] as const;
  await db.message.createMany({
    data: steps.flatMap(({ id: stepId, run: { id: runId, conversationId, organizationId, queuedSeq } }) =>
      kinds.map((kind, index) => {
        const place = 2 + queuedSeq * kinds.length + index;
        const decided = calls.filter((call) => call.stepId === stepId && call.needsDecision);
        return {
          id: newId('Message'),
          organizationId,
          conversationId,
          runId,
          stepId,
          kind,
          position: place,
          contextRank: place,
          inContext: true,
          content: kind === 'APPROVAL_RESPONSE' ? { toolCallIds: decided.map(({ id }) => id) } : {},
        };
      }),
    ),
  });
}

const many = <Item>(count: number, make: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => make(index));

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

const CONTEXTS = `{
  conversations(first: 200) { nodes { systemPrompt contextWindow { total reported } } }
}`;

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

const CALLS = `query Calls {
  conversations(first: 200) {
    nodes {
      messages(first: 200) { nodes { ...WithCalls } }
      contextMessages { ...WithCalls }
      lastMessage { ...WithCalls }
    }
  }
}
fragment WithCalls on Message {
  __typename
  ... on ToolCallMessage { toolCalls { name } }
  ... on ApprovalRequestMessage { toolCalls { name status } }
  ... on ApprovalResponseMessage { toolCalls { name decision { approved } } }
  ... on ToolReturnMessage { toolCalls { name result } }
}`;

interface Calls {
  conversations: { nodes: { messages: { nodes: { __typename: string; toolCalls?: { name: string }[] }[] } }[] };
}

test('the calls of all messages of a list are read together, whatever the messages tell of them', async () => {
  await using server = await startOwnServer({ ROLE: 'api' });
  const read = async () => {
    const { data, errors } = await server.request<Calls, object>(CALLS, {});
    expect(errors).toBe(undefined);
    return data?.conversations.nodes.flatMap(({ messages }) => messages.nodes) ?? [];
  };
  await addAgents(server, { agents: 2, conversations: 2, runs: 2 });
  await addToolMessages(server);
  const few = await statementsOf(server, read);
  await addAgents(server, { agents: 5, conversations: 3, runs: 3 });
  await addToolMessages(server);
  expect(await statementsOf(server, read)).toBe(few);
  expect(few).toBe(13);

  const told = (await read()).map(
    ({ __typename, toolCalls }) => `${__typename}: ${toolCalls?.map(({ name }) => name)}`,
  );
  expect(new Set(told)).toEqual(
    new Set([
      'SystemMessage: undefined',
      'UserMessage: undefined',
      'ToolCallMessage: quick',
      'ApprovalRequestMessage: careful',
      'ApprovalResponseMessage: careful',
      'ToolReturnMessage: quick,careful',
    ]),
  );
});
