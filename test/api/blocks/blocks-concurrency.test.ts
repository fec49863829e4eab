import { expect, test } from 'vitest';
import {
  attach,
  blocksOf,
  createBlock,
  createBlockAgent,
  deleteBlock,
  detach,
  isolate,
  readBlock,
  readHistory,
  tryUpdate,
} from '../../harness/blocks.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';

const times = <Item>(count: number, make: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => make(index));

const typesOf = (results: { __typename: string }[]) => results.map(({ __typename }) => __typename).toSorted();

test('of twenty updates that expect the same version, one wins', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server);
  const results = await Promise.all(
    times(20, (index) => tryUpdate(server, { id, value: `${index}`, expectedVersion: 1 })),
  );
  const winners = results.flatMap((result) => (result.__typename === 'UpdateBlockPayload' ? [result.block] : []));
  expect(winners).toHaveLength(1);
  for (const result of results)
    if (result.__typename !== 'UpdateBlockPayload')
      expect(result).toMatchObject({ __typename: 'VersionConflictError', currentVersion: 2 });
  expect(await readBlock(server, id)).toEqual(winners[0]);
  expect(await readHistory(server, id)).toMatchObject({ totalCount: 2, nodes: [{ value: winners[0]?.value }, {}] });
});

test('of twenty updates at once none is lost: versions 2 to 21, each in the history', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server);
  const results = await Promise.all(times(20, (index) => tryUpdate(server, { id, value: `${index}` })));
  const { nodes } = await readHistory(server, id);
  // Each was told its own version, not what came of it later.
  for (const [index, result] of results.entries()) {
    const { block } = only(result, 'UpdateBlockPayload');
    expect(block.value).toBe(`${index}`);
    expect(nodes).toContainEqual(expect.objectContaining({ version: block.version, value: block.value }));
  }
  expect(nodes.map(({ version }) => version)).toEqual(times(21, (index) => 21 - index));
  expect(nodes.map(({ value }) => value).toSorted()).toEqual([...times(20, String), 'Ada'].toSorted());
  expect(await readBlock(server, id)).toMatchObject({ version: 21, value: nodes[0]?.value });
});

test('updates of different fields at once all hold, and the limit with them', async () => {
  await using server = await startTestServer();
  for (let round = 0; round < 5; round++) {
    const { id } = await createBlock(server, { value: '12345', limit: 100 });
    await Promise.all([
      tryUpdate(server, { id, description: 'd' }),
      tryUpdate(server, { id, readOnly: true }),
      tryUpdate(server, { id, metadata: { k: 1 } }),
      tryUpdate(server, { id, limit: 8 }),
      tryUpdate(server, { id, value: '123456789' }),
    ]);
    const block = await readBlock(server, id);
    // Whichever of the last two came first, it kept the other one out.
    expect(block).toMatchObject({ description: 'd', readOnly: true, metadata: { k: 1 }, version: 5 });
    expect([block?.limit, block?.value]).toSatisfy(([limit, value]: [number, string]) =>
      limit === 8 ? value === '12345' : limit === 100 && value === '123456789',
    );
    const [newest] = (await readHistory(server, id)).nodes;
    expect(newest).toMatchObject({ value: block?.value, limit: block?.limit, version: 5 });
  }
});

test('of blocks with one label that are attached at once, the agent gets one', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server);
  const blocks = await Promise.all(times(10, () => createBlock(server)));
  const results = await Promise.all(blocks.map(({ id }) => attach(server, agent.id, id)));
  expect(typesOf(results)).toEqual(['AttachBlockPayload', ...times(9, () => 'InvalidInputError')]);
  expect(await blocksOf(server, agent.id)).toHaveLength(1);
});

test('one block attached ten times at once is attached once, and every attempt succeeds', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server);
  const { id } = await createBlock(server);
  const results = await Promise.all(times(10, () => attach(server, agent.id, id)));
  expect(typesOf(results)).toEqual(times(10, () => 'AttachBlockPayload'));
  expect(await blocksOf(server, agent.id)).toHaveLength(1);
  const gone = await Promise.all(times(10, () => detach(server, agent.id, id)));
  expect(typesOf(gone)).toEqual(['DetachBlockPayload', ...times(9, () => 'NotFoundError')]);
});

test('blocks that are attached at once do not pass 100 together', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, ...times(97, (index) => ({ label: `b${index}`, value: '' })));
  const blocks = await Promise.all(times(8, (index) => createBlock(server, { label: `c${index}` })));
  const results = await Promise.all(blocks.map(({ id }) => attach(server, agent.id, id)));
  expect(results.filter(({ __typename }) => __typename === 'AttachBlockPayload')).toHaveLength(3);
  expect(await blocksOf(server, agent.id)).toHaveLength(100);
});

test('a block that is deleted while it is attached is attached to nobody', async () => {
  await using server = await startTestServer();
  const agents = await Promise.all(times(4, () => createBlockAgent(server)));
  for (let round = 0; round < 8; round++) {
    const { id } = await createBlock(server, { label: `b${round}` });
    const attempts = agents.map((agent) => attach(server, agent.id, id));
    const [deleted, ...attached] = await Promise.all([deleteBlock(server, id), ...attempts]);
    expect(deleted).toMatchObject({ __typename: 'DeleteBlockPayload' });
    for (const result of attached) expect(['AttachBlockPayload', 'NotFoundError']).toContain(result.__typename);
    // Through the API a deleted block would not be seen anyway.
    expect(await server.deps.db.agentBlock.count({ where: { blockId: id } })).toBe(0);
  }
});

test('of ten deletions one succeeds, and no update comes after it', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server);
  const updates = times(5, (index) => tryUpdate(server, { id, value: `${index}` }));
  const deletions = await Promise.all(times(10, () => deleteBlock(server, id)));
  expect(typesOf(deletions)).toEqual(['DeleteBlockPayload', ...times(9, () => 'NotFoundError')]);
  const updated = await Promise.all(updates);
  for (const result of updated) expect(['UpdateBlockPayload', 'NotFoundError']).toContain(result.__typename);
  const done = updated.filter(({ __typename }) => __typename === 'UpdateBlockPayload').length;
  expect(await server.deps.db.blockVersion.count({ where: { blockId: id } })).toBe(1 + done);
});

test('agents made at once with the same labels, and blocks attached meanwhile, each have one of each', async () => {
  await using server = await startTestServer();
  const shared = await createBlock(server, { label: 'shared' });
  const agents = await Promise.all(
    times(8, async () => {
      const agent = await createBlockAgent(server, { label: 'human', value: '' }, { label: 'persona', value: '' });
      const own = await createBlock(server, { label: 'human' });
      const results = await Promise.all([attach(server, agent.id, own.id), attach(server, agent.id, shared.id)]);
      expect(typesOf(results)).toEqual(['AttachBlockPayload', 'InvalidInputError']);
      return agent;
    }),
  );
  for (const { id } of agents)
    expect((await blocksOf(server, id)).map(({ label }) => label).toSorted()).toEqual(['human', 'persona', 'shared']);
});

test('isolated blocks may be changed and deleted while their conversation is', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  for (let round = 0; round < 8; round++) {
    const { conversationId, block } = await isolate(server, agent.id, 'human');
    const [ended, deleted, updated] = await Promise.all([
      endConversation(server, conversationId),
      deleteBlock(server, block.id),
      tryUpdate(server, { id: block.id, value: 'Grace', expectedVersion: 1 }),
    ]);
    expect(ended).toBe('DeleteConversationPayload');
    expect(['DeleteBlockPayload', 'NotFoundError', 'VersionConflictError']).toContain(deleted.__typename);
    expect(['UpdateBlockPayload', 'NotFoundError']).toContain(updated.__typename);
    expect(await readBlock(server, block.id)).toBeNull();
  }
});

async function endConversation(server: TestServer, id: string): Promise<string | undefined> {
  const mutation = `mutation { it: deleteConversation(input: { id: "${id}" }) { __typename } }`;
  return (await server.request<{ it: { __typename: string } }, object>(mutation, {})).data?.it.__typename;
}
