import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import {
  attach,
  blocksOf,
  createBlock,
  createBlockAgent,
  detach,
  startWithoutBlocks,
  updateBlock,
} from '../../harness/blocks.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import { readPage, walk } from '../../harness/walk.ts';

test('several agents share a block, and each may be without it', async () => {
  await using server = await startTestServer();
  const first = await createBlockAgent(server, { label: 'persona', value: 'Kind' });
  const second = await createBlockAgent(server);
  const { id } = await createBlock(server);
  expect(only(await attach(server, first.id, id), 'AttachBlockPayload')).toMatchObject({
    agent: { blocks: [{ label: 'persona' }, { id, label: 'human' }] },
    block: { id, agents: { nodes: [{ id: first.id }] } },
  });
  const { block } = only(await attach(server, second.id, id), 'AttachBlockPayload');
  expect(block.agents.nodes).toEqual([{ id: second.id }, { id: first.id }]);
  await updateBlock(server, { id, value: 'Grace' });
  for (const agent of [first, second])
    expect(await blocksOf(server, agent.id)).toContainEqual({ id, label: 'human', value: 'Grace' });
  expect(only(await detach(server, first.id, id), 'DetachBlockPayload')).toMatchObject({
    agent: { blocks: [{ label: 'persona' }] },
    block: { agents: { nodes: [{ id: second.id }] } },
  });
  expect(await blocksOf(server, second.id)).toHaveLength(1);
});

test('to attach a block twice changes nothing, to detach it twice is NotFoundError', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server);
  const { id } = await createBlock(server);
  for (const _ of 'ab')
    expect(only(await attach(server, agent.id, id), 'AttachBlockPayload').agent.blocks).toEqual([
      { id, label: 'human' },
    ]);
  only(await detach(server, agent.id, id), 'DetachBlockPayload');
  expect(await detach(server, agent.id, id)).toMatchObject({ __typename: 'NotFoundError', missingId: id });
});

test('a second block with the same label is refused, and it is said what to do', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const { id } = await createBlock(server, { label: 'human' });
  const { issues } = only(await attach(server, agent.id, id), 'InvalidInputError');
  const message = expect.stringMatching(new RegExp(`"human".*${agent.blocks[0]?.id}.*[Dd]etach`));
  expect(issues).toEqual([{ path: ['blockId'], message }]);
  expect(await blocksOf(server, agent.id)).toMatchObject([{ value: 'Ada' }]);
  const { id: upper } = await createBlock(server, { label: 'Human' });
  only(await attach(server, agent.id, upper), 'AttachBlockPayload');
  only(await detach(server, agent.id, agent.blocks[0]?.id ?? ''), 'DetachBlockPayload');
  only(await attach(server, agent.id, id), 'AttachBlockPayload');
});

test('an agent has at most 100 blocks', async () => {
  await using server = await startTestServer();
  const blocks = Array.from({ length: 99 }, (_, index) => ({ label: `b${index}`, value: '' }));
  const agent = await createBlockAgent(server, ...blocks);
  const [last, tooMany] = [await createBlock(server), await createBlock(server, { label: 'one_more' })];
  only(await attach(server, agent.id, last.id), 'AttachBlockPayload');
  const { issues } = only(await attach(server, agent.id, tooMany.id), 'InvalidInputError');
  expect(issues[0]?.message).toContain('100');
  only(await attach(server, agent.id, last.id), 'AttachBlockPayload');
});

test('a foreign or deleted agent is the same as a missing one', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const { id: blockId } = await createBlock(server);
  const deleted = await createBlockAgent(server);
  const foreign = await createBlockAgent(server);
  for (const { id } of [deleted, foreign]) only(await attach(server, id, blockId), 'AttachBlockPayload');
  await server.request(`mutation { deleteAgent(input: { id: "${deleted.id}" }) { __typename } }`, {});
  const organizationId = newId('Organization');
  await db.organization.create({ data: { id: organizationId, name: 'Other' } });
  await db.agent.update({ where: { id: foreign.id }, data: { organizationId } });
  for (const agentId of [deleted.id, foreign.id, newId('Agent'), blockId, 'agent-\0', '']) {
    const missing = { __typename: 'NotFoundError', missingId: agentId };
    expect(await attach(server, agentId, blockId), agentId).toMatchObject(missing);
    expect(await detach(server, agentId, blockId), agentId).toMatchObject(missing);
    const { nodes } = await readPage(
      server,
      { path: ['blocks'], filter: `{ agentId: ${JSON.stringify(agentId)} }` },
      'first: 9',
    );
    expect(nodes, agentId).toEqual([]);
  }
  const { nodes, totalCount } = await readPage(server, { path: [`block(id: "${blockId}")`, 'agents'] }, 'first: 9');
  expect({ nodes, totalCount }).toEqual({ nodes: [], totalCount: 0 });
});

test('the agents of a block are paged, for several blocks at once', async () => {
  await using server = await startWithoutBlocks();
  const blocks = [await createBlock(server), await createBlock(server)] as const;
  const agents: string[] = [];
  for (let index = 0; index < 7; index++) {
    const { id } = await createBlockAgent(server);
    agents.unshift(id);
    only(await attach(server, id, blocks[index % 2]!.id), 'AttachBlockPayload');
  }
  const ofFirst = agents.filter((_, index) => index % 2 === 0);
  const list = { path: [`block(id: "${blocks[0].id}")`, 'agents'] };
  for (const way of ['forward', 'backward'] as const) expect(await walk(server, list, 3, way)).toEqual(ofFirst);
  const both = await server.request(
    '{ blocks(orderBy: { field: CREATED_AT, direction: ASC }) { nodes { agents(first: 2) { totalCount nodes { id } pageInfo { hasNextPage } } } } }',
    {},
  );
  const ofSecond = agents.filter((_, index) => index % 2 === 1);
  expect(both.data).toEqual({ blocks: { nodes: [page(ofFirst), page(ofSecond)] } });
});

const page = (ids: string[]) => ({
  agents: { totalCount: ids.length, nodes: ids.slice(0, 2).map((id) => ({ id })), pageInfo: { hasNextPage: true } },
});
