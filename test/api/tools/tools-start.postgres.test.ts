import { expect, test } from 'vitest';
import { builtInTools } from '../../../src/agent/built-in-tools.ts';
import { newId } from '../../../src/ids.ts';
import { startOwnServer } from '../../harness/server.ts';
import { createTool, createToolAgent, namesOf, readBuiltIn, readTool, toolsOf } from '../../harness/tools.ts';

test('every start brings the built-in tools of all organizations up to date, and leaves agents alone', async () => {
  await using server = await startOwnServer({ ROLE: 'api' });
  const { db } = server.deps;
  const current = await readBuiltIn(server);
  const old = await createToolAgent(server);
  const organizationId = newId('Organization');
  await db.organization.create({ data: { id: organizationId, name: 'Other' } });
  const [outdated, missing, taken] = current.map(({ id }) => id);
  await db.tool.update({
    where: { id: outdated! },
    data: { description: 'As it was', parameters: { type: 'object' }, idempotent: false },
  });
  await db.agentTool.deleteMany({ where: { toolId: { in: [missing!, taken!] } } });
  await db.tool.deleteMany({ where: { id: { in: [missing!, taken!] } } });
  // Made before there was a built-in tool of that name.
  const mine = await createTool(server, { name: 'mine' });
  await db.tool.update({ where: { id: mine.id }, data: { name: current[2]!.name } });

  await using first = await server.startNode({ ROLE: 'api' });
  await using second = await server.startNode({ ROLE: 'api' });
  for (const node of [first, second]) {
    const now = new Map((await readBuiltIn(node)).map((tool) => [tool.name, tool]));
    expect([...now.keys()].toSorted()).toEqual(
      current
        .map(({ name }) => name)
        .filter((name) => name !== current[2]!.name)
        .toSorted(),
    );
    expect(now.get(current[0]!.name)).toEqual({ ...current[0], updatedAt: expect.any(String) });
    expect(now.get(current[1]!.name)).toMatchObject({ description: current[1]!.description, kind: 'BUILT_IN' });
    for (const tool of current.slice(3)) expect(now.get(tool.name)).toEqual(tool);
    expect(await readTool(node, mine.id)).toMatchObject({ kind: 'CLIENT', description: mine.description });
    expect(await toolsOf(node, old.id)).toEqual([]);
    const agent = await createToolAgent(node, { includeBaseTools: true });
    expect(namesOf(agent.tools)).not.toContain(current[2]!.name);
    expect(agent.tools).toHaveLength(builtInTools.length - 1);
  }
  expect(await db.tool.count({ where: { organizationId } })).toBe(builtInTools.length);
});
