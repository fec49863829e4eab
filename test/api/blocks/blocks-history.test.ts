import { expect, test } from 'vitest';
import {
  createBlock,
  createBlockAgent,
  deleteBlock,
  giveAway,
  isolate,
  readBlock,
  readHistory,
  tryUpdate,
  updateBlock,
} from '../../harness/blocks.ts';
import { startTestServer } from '../../harness/server.ts';

test('the history has every version, the newest first, with who and when', async () => {
  await using server = await startTestServer();
  const { organizationId: _organizationId, ...viewer } = server.viewer;
  const first = { value: 'Ada', description: 'd', limit: 10, readOnly: false, metadata: { a: 1 } };
  const { id, createdAt } = await createBlock(server, first);
  const changes = [{ value: 'Grace' }, { description: null, readOnly: true }, { limit: 20, metadata: {} }];
  const states = [first];
  for (const change of changes) {
    states.unshift({ ...states[0]!, ...change } as typeof first);
    await updateBlock(server, { id, ...change });
  }
  const { nodes, totalCount } = await readHistory(server, id);
  expect(totalCount).toBe(4);
  expect(nodes).toMatchObject(
    states.map((state, index) => ({ ...state, version: 4 - index, userId: viewer.id, agentId: null })),
  );
  const times = nodes.map((node) => Date.parse(node.createdAt));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  expect(Math.abs(times.at(-1)! - Date.parse(createdAt))).toBeLessThan(1000);
});

test('what is refused or changes nothing is not in the history', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server, { limit: 5 });
  await tryUpdate(server, { id, value: 'Ada' });
  await tryUpdate(server, { id, value: 'Margaret' });
  await tryUpdate(server, { id, value: 'Grace', expectedVersion: 2 });
  await updateBlock(server, { id, value: 'Grace' });
  expect(await readHistory(server, id)).toMatchObject({
    totalCount: 2,
    nodes: [
      { version: 2, value: 'Grace' },
      { version: 1, value: 'Ada' },
    ],
  });
});

test('an old version can be restored with what the history has', async () => {
  await using server = await startTestServer();
  const fields = { value: 'Ada', description: 'd', limit: 10, readOnly: true, metadata: { a: [1] } };
  const { id } = await createBlock(server, fields);
  await updateBlock(server, { id, value: 'x', description: null, limit: 1, readOnly: false, metadata: {} });
  const { nodes } = await readHistory(server, id);
  const { value, description, limit, readOnly, metadata } = nodes[1]!;
  expect(await updateBlock(server, { id, value, description, limit, readOnly, metadata })).toMatchObject({
    ...fields,
    version: 3,
  });
  expect((await readHistory(server, id)).nodes.map((node) => node.value)).toEqual(['Ada', 'x', 'Ada']);
});

test('blocks made with an agent or copied for a conversation have histories of their own', async () => {
  await using server = await startTestServer();
  const user = server.viewer;
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' }, { label: 'persona', value: 'Kind' });
  const id = agent.blocks[0]?.id ?? '';
  await updateBlock(server, { id, value: 'Grace' });
  const { block } = await isolate(server, agent.id, 'human');
  await updateBlock(server, { id: block.id, value: 'Alan' });
  const values = async (blockId: string) =>
    (await readHistory(server, blockId)).nodes.map(({ value, version, userId }) => [value, version, userId]);
  expect(await values(id)).toEqual([
    ['Grace', 2, user.id],
    ['Ada', 1, user.id],
  ]);
  expect(await values(block.id)).toEqual([
    ['Alan', 2, user.id],
    ['Grace', 1, user.id],
  ]);
  expect(await values(agent.blocks[1]?.id ?? '')).toEqual([['Kind', 1, user.id]]);
});

test('the history is paged, for several blocks at once', async () => {
  await using server = await startTestServer();
  const blocks = [await createBlock(server), await createBlock(server)] as const;
  for (const { id } of blocks)
    for (let version = 2; version <= 5; version++) await updateBlock(server, { id, value: `${version}` });
  interface Answer {
    blocks: { nodes: { history: { nodes: { version: number }[]; pageInfo: object; totalCount: number } }[] };
  }
  const read = async (page: string) => {
    const query = `{ blocks(filter: { isAttached: false }) { nodes { history(${page}) { totalCount nodes { version } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }`;
    return (await server.request<Answer, object>(query, {})).data?.blocks.nodes.map(({ history }) => history) ?? [];
  };
  const first = await read('first: 2');
  expect(first).toHaveLength(2);
  for (const history of first)
    expect(history).toMatchObject({
      totalCount: 5,
      nodes: [{ version: 5 }, { version: 4 }],
      pageInfo: { hasNextPage: true },
    });
  const { endCursor } = first[0]!.pageInfo as { endCursor: string };
  for (const { nodes, pageInfo } of await read(`first: 9, after: "${endCursor}"`)) {
    expect(nodes).toEqual([{ version: 3 }, { version: 2 }, { version: 1 }]);
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  }
  for (const { nodes } of await read('last: 1')) expect(nodes).toEqual([{ version: 1 }]);
});

test('the history outlives the block, but nobody finds it there', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server);
  await updateBlock(server, { id, value: 'Grace' });
  await deleteBlock(server, id);
  expect(await readBlock(server, id)).toBeNull();
  const { db } = server.deps;
  const rows = await db.blockVersion.findMany({ where: { blockId: id }, orderBy: { version: 'asc' } });
  expect(rows).toMatchObject([
    { version: 1, value: 'Ada' },
    { version: 2, value: 'Grace' },
  ]);
});

test('a version of another organization is not in the history of a block of one’s own', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server);
  await updateBlock(server, { id, value: 'Grace' });
  await giveAway(server, id);
  const { organizationId } = server.viewer;
  await server.deps.db.block.update({ where: { id }, data: { organizationId } });
  expect(await readHistory(server, id)).toMatchObject({ totalCount: 0, nodes: [] });
});
