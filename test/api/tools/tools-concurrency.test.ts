import { expect, test } from 'vitest';
import { startTestServer } from '../../harness/server.ts';
import {
  attach,
  createTool,
  createToolAgent,
  deleteTool,
  detach,
  storeTools,
  toolsOf,
  tryAgent,
  tryCreate,
  updateTool,
} from '../../harness/tools.ts';

const times = <Item>(count: number, make: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => make(index));

const typesOf = (results: { __typename: string }[]) => results.map(({ __typename }) => __typename).toSorted();

test('of ten tools that are made at once with one name, one is made', async () => {
  await using server = await startTestServer();
  const results = await Promise.all(times(10, () => tryCreate(server)));
  expect(typesOf(results)).toEqual(['CreateToolPayload', ...times(9, () => 'InvalidInputError')]);
  expect(
    await server.deps.db.tool.count({ where: { organizationId: server.viewer.organizationId, name: 'get_weather' } }),
  ).toBe(1);
});

test('one tool attached ten times at once is attached once, and every attempt succeeds', async () => {
  await using server = await startTestServer();
  const [agent, { id }] = [await createToolAgent(server), await createTool(server)];
  const results = await Promise.all(times(10, () => attach(server, agent.id, id)));
  expect(typesOf(results)).toEqual(times(10, () => 'AttachToolPayload'));
  expect(await toolsOf(server, agent.id)).toHaveLength(1);
  const gone = await Promise.all(times(10, () => detach(server, agent.id, id)));
  expect(typesOf(gone)).toEqual(['DetachToolPayload', ...times(9, () => 'NotFoundError')]);
});

test('tools that are attached at once do not pass 128 together', async () => {
  await using server = await startTestServer();
  const ids = await storeTools(server, 131);
  const agent = await createToolAgent(server, { toolIds: ids.slice(0, 125) });
  const results = await Promise.all(ids.slice(125).map((id) => attach(server, agent.id, id)));
  expect(results.filter(({ __typename }) => __typename === 'AttachToolPayload')).toHaveLength(3);
  expect(await toolsOf(server, agent.id)).toHaveLength(128);
});

test('a tool that is deleted while it is attached and changed is attached to nobody', async () => {
  await using server = await startTestServer();
  const agents = await Promise.all(times(3, () => createToolAgent(server)));
  for (let round = 0; round < 8; round++) {
    const { id } = await createTool(server, { name: `t${round}` });
    const [deleted, created, updated, ...attached] = await Promise.all([
      deleteTool(server, id),
      tryAgent(server, { toolIds: [id] }),
      updateTool(server, { id, returnLimit: 9 }),
      ...agents.map((agent) => attach(server, agent.id, id)),
    ]);
    expect(deleted).toMatchObject({ __typename: 'DeleteToolPayload' });
    expect(['CreateAgentPayload', 'InvalidInputError']).toContain(created.__typename);
    expect(['UpdateToolPayload', 'NotFoundError']).toContain(updated.__typename);
    for (const result of attached) expect(['AttachToolPayload', 'NotFoundError']).toContain(result.__typename);
    // Through the API a deleted tool would not be seen anyway.
    expect(await server.deps.db.agentTool.count({ where: { toolId: id } })).toBe(0);
  }
});

test('of ten deletions one succeeds', async () => {
  await using server = await startTestServer();
  const { id } = await createTool(server);
  const results = await Promise.all(times(10, () => deleteTool(server, id)));
  expect(typesOf(results)).toEqual(['DeleteToolPayload', ...times(9, () => 'NotFoundError')]);
});
