import { expect, test } from 'vitest';
import { builtInTools } from '../../../src/agent/built-in-tools.ts';
import { newId } from '../../../src/ids.ts';
import type { CreateToolInput, UpdateToolInput } from '../../graphql/graphql.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import {
  attach,
  createTool,
  createToolAgent,
  deleteTool,
  giveAwayTools,
  readBuiltIn,
  readTool,
  setApproval,
  toolsOf,
  tryCreate,
  updateTool,
  WEATHER,
} from '../../harness/tools.ts';

test('a tool is as it was made, and what was left out has its default', async () => {
  await using server = await startTestServer();
  const tool = await createTool(server);
  expect(tool).toEqual({
    ...WEATHER,
    id: expect.stringMatching(/^tool-/),
    kind: 'CLIENT',
    returnLimit: 50_000,
    requiresApproval: false,
    idempotent: false,
    parallel: false,
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  });
  expect(await readTool(server, tool.id)).toEqual(tool);
  const other = await createTool(server, { name: 'A-b_9', description: '', returnLimit: 7, requiresApproval: true });
  expect(other).toMatchObject({ name: 'A-b_9', description: '', returnLimit: 7, requiresApproval: true });
  const third = await createTool(server, { name: 'third', returnLimit: null, requiresApproval: null });
  expect(third).toMatchObject({ returnLimit: 50_000, requiresApproval: false });
});

const broken: [string, Partial<CreateToolInput>, string][] = [
  ['an empty name', { name: '' }, 'name'],
  ['a name with a space', { name: 'get weather' }, 'name'],
  ['a name with U+0000', { name: 'get\0' }, 'name'],
  ['a long name', { name: 'x'.repeat(65) }, 'name'],
  ['a name of other letters', { name: 'wëather' }, 'name'],
  ['the name of a built-in tool', { name: 'memory_replace' }, 'name'],
  ['half a surrogate pair in the description', { description: '\ud83d' }, 'description'],
  ['a long description', { description: 'x'.repeat(10_001) }, 'description'],
  ['no schema', { parameters: null as unknown as object }, 'parameters'],
  ['the schema of a list', { parameters: { type: 'array' } }, 'parameters'],
  ['a schema that is none', { parameters: { type: 'object', required: 'city' } }, 'parameters'],
  ['a schema of elsewhere', { parameters: { type: 'object', $ref: 'https://example.com' } }, 'parameters'],
  ['a long schema', { parameters: { type: 'object', title: 'x'.repeat(50_000) } }, 'parameters'],
  ['U+0000 in the schema', { parameters: { type: 'object', title: 'a\0' } }, 'parameters'],
  ['half a surrogate pair in the schema', { parameters: { type: 'object', title: '\udc00' } }, 'parameters'],
  ['no result', { returnLimit: 0 }, 'returnLimit'],
  ['a result without end', { returnLimit: 1_000_001 }, 'returnLimit'],
];

test('a tool that cannot be is refused with its path, and nothing is written', async () => {
  await using server = await startTestServer();
  const tool = await createTool(server);
  for (const [name, fields, path] of broken) {
    if (fields.parameters !== null) {
      const { issues, message } = only(await tryCreate(server, { name: 'new', ...fields }), 'InvalidInputError');
      expect([issues.map((issue) => issue.path.join('.')), message], name).toEqual([
        [path],
        expect.stringMatching(/./),
      ]);
    }
    if (path === 'name') continue;
    const result = await updateTool(server, { id: tool.id, ...fields } as UpdateToolInput);
    expect(only(result, 'InvalidInputError').issues, name).toMatchObject([{ path: [path] }]);
  }
  for (const field of ['description', 'parameters', 'returnLimit', 'requiresApproval']) {
    const result = await updateTool(server, { id: tool.id, [field]: null });
    expect(only(result, 'InvalidInputError').issues).toMatchObject([{ path: [field] }]);
  }
  expect(
    await server.deps.db.tool.count({ where: { organizationId: server.viewer.organizationId, kind: 'CLIENT' } }),
  ).toBe(1);
  expect(await readTool(server, tool.id)).toEqual(tool);
});

test('a schema may be written in the document, and comes back as it was given', async () => {
  await using server = await startTestServer();
  const { data } = await server.request(
    `mutation { createTool(input: { name: "a", description: "b",
       parameters: { type: "object", properties: { n: { type: "integer", minimum: 1, enum: [1, 2.5, null, true] } } } }) {
       ... on CreateToolPayload { tool { parameters } } } }`,
    {},
  );
  const properties = { n: { type: 'integer', minimum: 1, enum: [1, 2.5, null, true] } };
  expect(data).toEqual({ createTool: { tool: { parameters: { type: 'object', properties } } } });
});

test('a name is taken once, until the tool that has it is deleted', async () => {
  await using server = await startTestServer();
  const { id } = await createTool(server);
  const { issues } = only(await tryCreate(server, { description: 'Another' }), 'InvalidInputError');
  expect(issues).toEqual([{ path: ['name'], message: expect.stringMatching(/get_weather.*another name/) }]);
  await createTool(server, { name: 'GET_WEATHER' });
  only(await deleteTool(server, id), 'DeleteToolPayload');
  const again = await createTool(server);
  expect(again.id).not.toBe(id);
  await giveAwayTools(server, again.id);
  await createTool(server);
});

test('an update changes what is given, and its agents have the tool as it is then', async () => {
  await using server = await startTestServer();
  const tool = await createTool(server);
  const agent = await createToolAgent(server, { toolIds: [tool.id] });
  const parameters = { type: 'object', properties: {} };
  const changed = only(
    await updateTool(server, { id: tool.id, parameters, requiresApproval: true }),
    'UpdateToolPayload',
  );
  expect(changed.tool).toEqual({ ...tool, parameters, requiresApproval: true, updatedAt: expect.any(String) });
  expect(await readTool(server, tool.id)).toEqual(changed.tool);
  expect(await toolsOf(server, agent.id)).toMatchObject([{ requiresApproval: true }]);
  expect(only(await updateTool(server, { id: tool.id }), 'UpdateToolPayload').tool).toEqual(changed.tool);
  const whole = { description: 'New', returnLimit: 1_000_000, requiresApproval: false };
  expect(only(await updateTool(server, { id: tool.id, ...whole }), 'UpdateToolPayload').tool).toMatchObject(whole);
});

test('a deleted tool is gone, and no agent has it any more', async () => {
  await using server = await startTestServer();
  const [tool, other] = [await createTool(server), await createTool(server, { name: 'other' })];
  const agents = [await createToolAgent(server), await createToolAgent(server)];
  for (const { id } of agents) for (const toolId of [tool.id, other.id]) await attach(server, id, toolId);
  expect(only(await deleteTool(server, tool.id), 'DeleteToolPayload').deletedId).toBe(tool.id);
  for (const { id } of agents) expect(await toolsOf(server, id)).toMatchObject([{ tool: { id: other.id } }]);
  expect(await readTool(server, tool.id)).toBeNull();
  expect(await server.deps.db.agentTool.count({ where: { toolId: tool.id } })).toBe(0);
  const missing = { __typename: 'NotFoundError', missingId: tool.id };
  expect(await deleteTool(server, tool.id)).toMatchObject(missing);
  expect(await updateTool(server, { id: tool.id, returnLimit: 9 })).toMatchObject(missing);
  expect(await attach(server, agents[0]!.id, tool.id)).toMatchObject(missing);
});

test('a built-in tool is there as it is declared, and cannot be changed or deleted', async () => {
  await using server = await startTestServer();
  const tools = await readBuiltIn(server);
  expect(tools).toMatchObject(
    builtInTools.map(({ name, description, parameters, isReadOnly }) => ({
      name,
      description,
      parameters,
      kind: 'BUILT_IN',
      returnLimit: 50_000,
      requiresApproval: false,
      idempotent: true,
      parallel: isReadOnly,
    })),
  );
  const { id } = tools[0]!;
  for (const result of [await updateTool(server, { id, requiresApproval: true }), await deleteTool(server, id)]) {
    const { issues } = only(result, 'InvalidInputError');
    expect(issues).toEqual([{ path: ['id'], message: expect.stringContaining('setToolApproval') }]);
  }
  expect(await readBuiltIn(server)).toEqual(tools);
});

test('a foreign tool is the same as a missing one', async () => {
  await using server = await startTestServer();
  const { id: foreign } = await createTool(server);
  const agent = await createToolAgent(server, { toolIds: [foreign] });
  await giveAwayTools(server, foreign);
  for (const id of [foreign, newId('Tool'), agent.id, 'tool-\0', 'tool-', '']) {
    const missing = { __typename: 'NotFoundError', missingId: id };
    expect(await readTool(server, id).catch(() => null), id).toBeNull();
    expect(await updateTool(server, { id, returnLimit: 1 }), id).toMatchObject(missing);
    expect(await deleteTool(server, id), id).toMatchObject(missing);
    expect(await attach(server, agent.id, id), id).toMatchObject(missing);
    expect(await setApproval(server, agent.id, id, true), id).toMatchObject(missing);
  }
  expect(await server.deps.db.tool.findUnique({ where: { id: foreign } })).toMatchObject({ returnLimit: 50_000 });
});
