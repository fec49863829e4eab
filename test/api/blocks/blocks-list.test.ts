import { expect, test } from 'vitest';
import {
  attach,
  createBlock,
  createBlockAgent,
  deleteBlock,
  giveAway,
  isolate,
  startWithoutBlocks,
  updateBlock,
} from '../../harness/blocks.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { readPage, walk } from '../../harness/walk.ts';

async function idsOf(server: TestServer, filter?: string, orderBy?: string): Promise<string[]> {
  const { nodes, totalCount } = await readPage(server, { path: ['blocks'], filter, orderBy }, 'first: 200');
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ id }) => id);
}

test('the list has what agents have and what none has, without isolated, deleted and foreign blocks', async () => {
  await using server = await startWithoutBlocks();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const isolated = await isolate(server, agent.id, 'human');
  const [loose, deleted, foreign] = [await createBlock(server), await createBlock(server), await createBlock(server)];
  await deleteBlock(server, deleted.id);
  await giveAway(server, foreign.id);
  const ids = await idsOf(server);
  expect(ids).toEqual([loose.id, agent.blocks[0]?.id]);
  expect(ids).not.toContain(isolated.block.id);
  expect(await idsOf(server, '{ label: "human" }')).toEqual(ids);
});

test('filters by label, part of a label, agent, and whether any agent has them', async () => {
  await using server = await startWithoutBlocks();
  const agent = await createBlockAgent(server, { label: 'human', value: '' }, { label: 'a_b', value: '' });
  const [human, underscore] = agent.blocks.map(({ id }) => id);
  const other = await createBlockAgent(server, { label: 'Humanity', value: '' });
  const humanity = other.blocks[0]?.id;
  const { id: loose } = await createBlock(server, { label: 'axb' });
  const all = [loose, humanity, underscore, human];
  const cases: [string, unknown[]][] = [
    ['null', all],
    ['{ label: null, labelSearch: "", agentId: null, isAttached: null }', all],
    ['{ label: "human" }', [human]],
    ['{ label: "Human" }', []],
    ['{ label: "" }', []],
    ['{ label: "human\\u0000" }', []],
    ['{ labelSearch: "HUMAN" }', [humanity, human]],
    ['{ labelSearch: "a_b" }', [underscore]],
    ['{ labelSearch: "%" }', []],
    [`{ agentId: "${agent.id}" }`, [underscore, human]],
    [`{ agentId: "${agent.id}", labelSearch: "hu" }`, [human]],
    ['{ isAttached: true }', [humanity, underscore, human]],
    ['{ isAttached: false }', [loose]],
  ];
  for (const [filter, expected] of cases) expect(await idsOf(server, filter), filter).toEqual(expected);
  await attach(server, other.id, loose);
  expect(await idsOf(server, '{ isAttached: false }')).toEqual([]);
  await server.request(`mutation { deleteAgent(input: { id: "${other.id}" }) { __typename } }`, {});
  expect(await idsOf(server, '{ isAttached: false }')).toEqual([loose, humanity]);
});

test('every order gives each block once, whichever way it is paged', async () => {
  await using server = await startWithoutBlocks();
  const blocks = [];
  for (const label of ['b', 'a', 'c', 'a', 'b', 'd', 'a']) blocks.push(await createBlock(server, { label }));
  const touched = [];
  for (const index of [4, 0, 5, 1, 6, 3, 2]) {
    const { id, label } = blocks[index]!;
    touched.push(id);
    await updateBlock(server, { id, value: `${label} ${index}` });
  }
  const byLabel = blocks.toSorted((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : a.id < b.id ? -1 : 1));
  const orders = {
    CREATED_AT: blocks.map(({ id }) => id),
    UPDATED_AT: touched,
    LABEL: byLabel.map(({ id }) => id),
  };
  for (const [field, ids] of Object.entries(orders)) {
    for (const direction of ['ASC', 'DESC']) {
      const expected = direction === 'ASC' ? ids : ids.toReversed();
      const list = { path: ['blocks'], orderBy: `{ field: ${field}, direction: ${direction} }` };
      for (const way of ['forward', 'backward'] as const)
        expect(await walk(server, list, 3, way), `${field} ${direction} ${way}`).toEqual(expected);
    }
  }
  expect(await idsOf(server)).toEqual(orders.CREATED_AT.toReversed());
});

test('a page has 50 unless told and 200 at most, and a cursor of another list or order is INVALID_CURSOR', async () => {
  await using server = await startTestServer();
  await createBlock(server);
  const { edges } = await readPage(server, { path: ['blocks'] }, 'first: 1');
  const code = async (field: string) => {
    const { errors } = await server.request(`{ ${field} { nodes { id } } }`, {});
    return errors?.[0]?.extensions?.['code'];
  };
  const cursor = edges[0]!.cursor;
  expect(await code('blocks(first: 201)')).toBe('BAD_USER_INPUT');
  expect(await code(`blocks(after: "${cursor}")`)).toBeUndefined();
  expect(await code(`agents(after: "${cursor}")`)).toBe('INVALID_CURSOR');
  expect(await code(`blocks(after: "${cursor}", orderBy: { field: LABEL, direction: DESC })`)).toBe('INVALID_CURSOR');
});
