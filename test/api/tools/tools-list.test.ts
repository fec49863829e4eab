import { expect, test } from 'vitest';
import { builtInTools } from '../../../src/agent/built-in-tools.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { createTool, deleteTool, giveAwayTools, readBuiltIn } from '../../harness/tools.ts';
import { readPage, walk } from '../../harness/walk.ts';

async function idsOf(server: TestServer, filter?: string): Promise<string[]> {
  const { nodes, totalCount } = await readPage(server, { path: ['tools'], filter }, 'first: 200');
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ id }) => id);
}

test('the list has the built-in tools and the clients’ own, without deleted and foreign ones, and is filtered', async () => {
  await using server = await startTestServer();
  const builtIn = (await readBuiltIn(server)).map(({ id }) => id);
  const [kept, deleted, foreign] = [
    await createTool(server, { name: 'kept' }),
    await createTool(server, { name: 'deleted' }),
    await createTool(server, { name: 'foreign' }),
  ];
  await deleteTool(server, deleted.id);
  await giveAwayTools(server, foreign.id);
  const cases: [string, string[]][] = [
    ['null', [kept.id, ...builtIn.toReversed()]],
    ['{ name: null, kind: null }', [kept.id, ...builtIn.toReversed()]],
    ['{ kind: CLIENT }', [kept.id]],
    ['{ kind: BUILT_IN }', builtIn.toReversed()],
    ['{ name: "kept" }', [kept.id]],
    ['{ name: "Kept" }', []],
    ['{ name: "deleted" }', []],
    ['{ name: "foreign" }', []],
    ['{ name: "kept\\u0000" }', []],
    ['{ name: "kept", kind: BUILT_IN }', []],
  ];
  for (const [filter, expected] of cases) {
    const ids = await idsOf(server, filter);
    // Those of one statement were made at once.
    expect(ids.toSorted(), filter).toEqual(expected.toSorted());
    expect(ids[0], filter).toBe(expected.includes(kept.id) ? kept.id : ids[0]);
  }
});

test('every order gives each tool once, whichever way it is paged', async () => {
  await using server = await startTestServer();
  const tools = [];
  for (const name of ['b', 'd', 'a', 'c', 'e']) tools.push(await createTool(server, { name }));
  const orders = {
    CREATED_AT: tools.map(({ id }) => id),
    NAME: tools.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(({ id }) => id),
  };
  for (const [field, ids] of Object.entries(orders)) {
    for (const direction of ['ASC', 'DESC']) {
      const expected = direction === 'ASC' ? ids : ids.toReversed();
      const list = { path: ['tools'], orderBy: `{ field: ${field}, direction: ${direction} }` };
      for (const way of ['forward', 'backward'] as const) {
        const mine = { ...list, filter: '{ kind: CLIENT }' };
        expect(await walk(server, mine, 2, way), `${field} ${direction} ${way}`).toEqual(expected);
        const all = await walk(server, list, 3, way);
        expect(new Set(all).size, `${field} ${direction} ${way}`).toBe(tools.length + builtInTools.length);
        expect(all).toHaveLength(tools.length + builtInTools.length);
      }
    }
  }
});

test('a cursor of another list or order is INVALID_CURSOR', async () => {
  await using server = await startTestServer();
  const { edges } = await readPage(server, { path: ['tools'] }, 'first: 1');
  const code = async (field: string) => {
    const { errors } = await server.request(`{ ${field} { nodes { id } } }`, {});
    return errors?.[0]?.extensions?.['code'];
  };
  const cursor = edges[0]!.cursor;
  expect(await code('tools(first: 201)')).toBe('BAD_USER_INPUT');
  expect(await code(`tools(after: "${cursor}")`)).toBeUndefined();
  expect(await code(`blocks(after: "${cursor}")`)).toBe('INVALID_CURSOR');
  expect(await code(`tools(after: "${cursor}", orderBy: { field: NAME, direction: DESC })`)).toBe('INVALID_CURSOR');
});
