import { expect, test } from 'vitest';
import { builtInTools } from '../../../src/agent/built-in-tools.ts';
import { newId } from '../../../src/ids.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import {
  attach,
  createTool,
  createToolAgent,
  detach,
  giveAwayTools,
  namesOf,
  readBuiltIn,
  setApproval,
  storeTools,
  toolsOf,
  tryAgent,
  updateTool,
} from '../../harness/tools.ts';

const builtInNames = builtInTools.map(({ name }) => name);

test('a new agent has the built-in tools and those that are named, in the order in which they were made', async () => {
  await using server = await startTestServer();
  const [first, second] = [await createTool(server, { name: 'z' }), await createTool(server, { name: 'a' })];
  const toolIds = [second.id, first.id, second.id];
  const { agent } = only(await tryAgent(server, { toolIds }), 'CreateAgentPayload');
  expect(namesOf(agent.tools)).toEqual([...builtInNames, 'z', 'a']);
  expect(namesOf(await toolsOf(server, agent.id))).toEqual([...builtInNames, 'z', 'a']);
  const nulls = only(await tryAgent(server, { toolIds: null, includeBaseTools: null }), 'CreateAgentPayload');
  expect(namesOf(nulls.agent.tools)).toEqual(builtInNames);
  const [search] = (await readBuiltIn(server)).filter(({ name }) => name === 'conversation_search');
  const some = only(await tryAgent(server, { includeBaseTools: false, toolIds: [search!.id] }), 'CreateAgentPayload');
  expect(namesOf(some.agent.tools)).toEqual(['conversation_search']);
  expect((await createToolAgent(server)).tools).toEqual([]);
});

test('the agent of the first start has the built-in tools', async () => {
  await using server = await startTestServer();
  const { data } = await server.request<{ agents: { nodes: { tools: { tool: { name: string } }[] }[] } }, object>(
    '{ agents { nodes { tools { tool { name } } } } }',
    {},
  );
  expect(data?.agents.nodes.map(({ tools }) => namesOf(tools))).toEqual([builtInNames]);
});

test('an agent with a tool that is not there, or with too many, is not created', async () => {
  await using server = await startTestServer();
  const [mine, foreign] = [await createTool(server), await createTool(server, { name: 'foreign' })];
  await giveAwayTools(server, foreign.id);
  const before = await server.deps.db.agent.count({ where: { organizationId: server.viewer.organizationId } });
  const { issues } = only(
    await tryAgent(server, { toolIds: [mine.id, foreign.id, newId('Tool'), 'tool-\0'] }),
    'InvalidInputError',
  );
  expect(issues.map(({ path }) => path)).toEqual([
    ['toolIds', '1'],
    ['toolIds', '2'],
    ['toolIds', '3'],
  ]);
  const toolIds = await storeTools(server, 123);
  const { message } = only(await tryAgent(server, { toolIds }), 'InvalidInputError');
  expect(message).toMatch(/toolIds.*128/);
  expect(await server.deps.db.agent.count({ where: { organizationId: server.viewer.organizationId } })).toBe(before);
  const agent = await createToolAgent(server, { includeBaseTools: true, toolIds: toolIds.slice(1) });
  expect(agent.tools).toHaveLength(128);
  const refused = only(await attach(server, agent.id, toolIds[0]!), 'InvalidInputError');
  expect(refused.issues).toEqual([{ path: ['toolId'], message: expect.stringContaining('128') }]);
  only(await attach(server, agent.id, toolIds[1]!), 'AttachToolPayload');
  only(await detach(server, agent.id, toolIds[1]!), 'DetachToolPayload');
  only(await attach(server, agent.id, toolIds[0]!), 'AttachToolPayload');
});

test('to attach a tool twice changes nothing, to detach it twice is NotFoundError', async () => {
  await using server = await startTestServer();
  const [agent, other] = [await createToolAgent(server), await createToolAgent(server)];
  const { id } = await createTool(server);
  only(await attach(server, other.id, id), 'AttachToolPayload');
  const attached = [{ requiresApproval: true, tool: { id, name: 'get_weather' } }];
  only(await attach(server, agent.id, id), 'AttachToolPayload');
  only(await setApproval(server, agent.id, id, true), 'SetToolApprovalPayload');
  expect(only(await attach(server, agent.id, id), 'AttachToolPayload')).toMatchObject({
    agent: { tools: attached },
    tool: { id },
  });
  const gone = only(await detach(server, agent.id, id), 'DetachToolPayload');
  expect(gone).toMatchObject({ agent: { id: agent.id, tools: [] }, tool: { id } });
  expect(await detach(server, agent.id, id)).toMatchObject({ __typename: 'NotFoundError', missingId: id });
  expect(await toolsOf(server, other.id)).toHaveLength(1);
});

test('whether calls need approval is for the agent to say, above the tool, for one agent alone', async () => {
  await using server = await startTestServer();
  const tool = await createTool(server);
  const agents = [
    await createToolAgent(server, { toolIds: [tool.id] }),
    await createToolAgent(server, { toolIds: [tool.id] }),
  ];
  const effective = async () =>
    Promise.all(agents.map(async ({ id }) => (await toolsOf(server, id))[0]?.requiresApproval));
  const [first] = agents.map(({ id }) => id);
  expect(await effective()).toEqual([false, false]);
  const result = only(await setApproval(server, first!, tool.id, true), 'SetToolApprovalPayload');
  expect(result).toMatchObject({ agent: { id: first, tools: [{ requiresApproval: true }] }, tool: { id: tool.id } });
  expect(await effective()).toEqual([true, false]);
  await setApproval(server, first!, tool.id, false);
  await updateTool(server, { id: tool.id, requiresApproval: true });
  expect(await effective()).toEqual([false, true]);
  await setApproval(server, first!, tool.id, null);
  expect(await effective()).toEqual([true, true]);
});

test('calls of a built-in tool may need approval, and an agent may be without it', async () => {
  await using server = await startTestServer();
  const agent = await createToolAgent(server, { includeBaseTools: true });
  const [append] = agent.tools;
  only(await setApproval(server, agent.id, append!.tool.id, true), 'SetToolApprovalPayload');
  expect((await toolsOf(server, agent.id)).map((one) => one.requiresApproval)).toEqual([
    true,
    ...builtInNames.slice(1).map(() => false),
  ]);
  only(await detach(server, agent.id, append!.tool.id), 'DetachToolPayload');
  expect(namesOf(await toolsOf(server, agent.id))).toEqual(builtInNames.slice(1));
  only(await attach(server, agent.id, append!.tool.id), 'AttachToolPayload');
  expect((await toolsOf(server, agent.id))[0]).toEqual({ ...append, requiresApproval: false });
});

test('a tool that the agent does not have, and an agent that is not there, are not found', async () => {
  await using server = await startTestServer();
  const { id: toolId } = await createTool(server);
  const [agent, deleted, foreign] = [
    await createToolAgent(server),
    await createToolAgent(server, { toolIds: [toolId] }),
    await createToolAgent(server, { toolIds: [toolId] }),
  ];
  expect(await setApproval(server, agent.id, toolId, true)).toMatchObject({ missingId: toolId });
  await server.request(`mutation { deleteAgent(input: { id: "${deleted.id}" }) { __typename } }`, {});
  const organizationId = newId('Organization');
  await server.deps.db.organization.create({ data: { id: organizationId, name: 'Other' } });
  await server.deps.db.agent.update({ where: { id: foreign.id }, data: { organizationId } });
  for (const agentId of [deleted.id, foreign.id, newId('Agent'), toolId, 'agent-\0', '']) {
    const missing = { __typename: 'NotFoundError', missingId: agentId };
    expect(await attach(server, agentId, toolId), agentId).toMatchObject(missing);
    expect(await detach(server, agentId, toolId), agentId).toMatchObject(missing);
    expect(await setApproval(server, agentId, toolId, true), agentId).toMatchObject(missing);
  }
  const rows = await server.deps.db.agentTool.findMany({ where: { toolId } });
  expect(rows.map(({ requiresApproval }) => requiresApproval)).toEqual([null, null]);
});
