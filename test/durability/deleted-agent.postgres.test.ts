import { expect, test, vi } from 'vitest';
import { graphql } from '../graphql/index.ts';
import { NEW_CONVERSATION } from '../harness/documents.ts';
import { createFleet } from '../harness/fleet.ts';
import { logOf } from '../harness/node-process.ts';
import { only } from '../harness/only.ts';
import { probeQuiet } from '../harness/probe.ts';
import { send } from '../harness/talk.ts';

const DELETE_AGENT = graphql(`
  mutation DeleteAgentHalf($id: ID!) {
    deleteAgent(input: { id: $id }) {
      __typename
    }
  }
`);

const LEFT = graphql(`
  query LeftOfAgent($id: ID!) {
    agent(id: $id) {
      id
    }
    conversations(first: 1, filter: { agentId: $id }) {
      totalCount
    }
    runs(first: 1, filter: { agentId: $id }) {
      totalCount
    }
  }
`);

const COUNT = 30;

test('an agent whose deletion was cut short by a crash is gone from all lists at once, and closed as soon as workers start', async () => {
  await using fleet = await createFleet();
  const { db } = fleet.database;
  const [doomed, api] = await Promise.all([
    fleet.start({ ROLE: 'api', FAILPOINT: 'after:ConversationDeleted' }),
    fleet.start({ ROLE: 'api' }),
  ]);
  const { id } = await db.agent.findFirstOrThrow();
  for (let index = 1; index < COUNT; index++) {
    const { createConversation } = await api.client.execute(NEW_CONVERSATION, { agentId: id });
    const { conversation } = only(createConversation, 'CreateConversationPayload');
    await send(api.client, { conversationId: conversation.id, text: 'Hi' });
  }
  const left = () => api.client.execute(LEFT, { id });
  expect((await left()).runs).toEqual({ totalCount: COUNT - 1 });
  await expect(doomed.client.execute(DELETE_AGENT, { id })).rejects.toThrow('fetch failed');
  expect(await doomed.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(await left()).toEqual({ agent: null, conversations: { totalCount: 0 }, runs: { totalCount: 0 } });
  const open = () => db.conversation.count({ where: { agentId: id, deletedAt: null } });
  expect(await open()).toBe(COUNT - 1);

  // Both take it up, whoever else is at it.
  const workers = await Promise.all([fleet.start({ ROLE: 'worker' }), fleet.start({ ROLE: 'worker' })]);
  await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 15_000, interval: 50 });
  const unswept = () => db.agent.findFirst({ where: { id, sweptAt: null } });
  await vi.waitFor(async () => expect(await unswept()).toBe(null), { timeout: 15_000, interval: 50 });
  for (const worker of workers) await worker.terminate();
  expect(await db.conversationEvent.count({ where: { type: 'ConversationDeleted' } })).toBe(COUNT);
  expect(workers.map((worker) => logOf(worker))).toEqual(['', '']);
  expect(await probeQuiet(db)).toEqual([]);
});
