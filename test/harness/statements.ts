import pg from 'pg';
import { vi } from 'vitest';
import { newId } from '../../src/ids.ts';
import { type OwnServer, type TestServer } from './server.ts';

/** How many statements reach the server's own database while `work` runs. Others run in this process, too. */
export async function statementsOf({ database }: OwnServer, work: () => Promise<unknown>): Promise<number> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  const name = new URL(database.url ?? '').pathname.slice(1);
  try {
    await work();
    return query.mock.contexts.filter((client) => (client as pg.Client).database === name).length;
  } finally {
    query.mockRestore();
  }
}

export async function addAgents(
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

const many = <Item>(count: number, make: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => make(index));
