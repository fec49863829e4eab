import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import {
  createBlock,
  createBlockAgent,
  deleteBlock,
  attach,
  blocksOf,
  detach,
  giveAway,
  isolate,
  readBlock,
  readHistory,
  tryUpdate,
  updateBlock,
} from '../../harness/blocks.ts';
import { only } from '../../harness/only.ts';
import { startTestServer } from '../../harness/server.ts';
import { send } from '../../harness/talk.ts';

test('a deleted block is nowhere, and no agent has it', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' }, { label: 'persona', value: 'Kind' });
  const id = agent.blocks[0]?.id ?? '';
  expect(await deleteBlock(server, id)).toEqual({ __typename: 'DeleteBlockPayload', deletedId: id });
  expect(await readBlock(server, id)).toBeNull();
  expect(await blocksOf(server, agent.id)).toMatchObject([{ label: 'persona' }]);
  for (const result of [
    await deleteBlock(server, id),
    await tryUpdate(server, { id, value: 'x' }),
    await attach(server, agent.id, id),
    await detach(server, agent.id, id),
  ])
    expect(result).toMatchObject({ __typename: 'NotFoundError', missingId: id });
  // Its label is free again.
  const other = await createBlock(server, { label: 'human' });
  only(await attach(server, agent.id, other.id), 'AttachBlockPayload');
});

test('the next run sees what became of the blocks', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const id = agent.blocks[0]?.id ?? '';
  const other = await createBlock(server, { label: 'persona', value: 'Kind' });
  const conversationId = agent.defaultConversation.id;
  const prompt = async () => {
    await send(server, { conversationId, text: 'Hi', wait: true });
    return server.model.requests.at(-1)?.body.messages[0]?.content ?? '';
  };
  expect(await prompt()).toContain('Ada');
  await updateBlock(server, { id, value: 'Grace', description: 'Who it is' });
  const changed = await prompt();
  for (const part of ['Grace', 'Who it is', 'chars_current=5']) expect(changed).toContain(part);
  expect(changed).not.toContain('Ada');
  await attach(server, agent.id, other.id);
  const attached = await prompt();
  expect(attached).toContain('Kind');
  await updateBlock(server, { id, value: 'Grace', metadata: { unseen: true } });
  expect(await prompt()).toBe(attached);
  await detach(server, agent.id, other.id);
  expect(await prompt()).toBe(changed);
  await deleteBlock(server, id);
  expect(await prompt()).not.toContain('Grace');
});

test('a foreign block is the same as a missing one', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server);
  const { id: foreign } = await createBlock(server);
  await giveAway(server, foreign);
  for (const id of [foreign, newId('Block'), newId('Agent'), 'block-x', '', 'block-\0', `${foreign} `]) {
    expect(await readBlock(server, id)).toBeNull();
    for (const result of [
      await tryUpdate(server, { id, value: 'x' }),
      await tryUpdate(server, { id, value: 'x', expectedVersion: 7 }),
      await deleteBlock(server, id),
      await deleteBlock(server, id, 7),
      await attach(server, agent.id, id),
      await detach(server, agent.id, id),
    ])
      expect(result, id).toMatchObject({ __typename: 'NotFoundError', missingId: id });
  }
  const { db } = server.deps;
  expect(await db.block.findUnique({ where: { id: foreign } })).toMatchObject({ value: 'Ada', deletedAt: null });
  expect(await db.agentBlock.count({ where: { blockId: foreign } })).toBe(0);
});

test('isolated blocks are changed on their own, and go with their conversation', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada', metadata: { k: 1 } });
  const { conversationId, block } = await isolate(server, agent.id, 'human');
  expect(block).toMatchObject({ value: 'Ada', metadata: { k: 1 }, version: 1, isIsolated: true });
  expect(await updateBlock(server, { id: block.id, value: 'Grace' })).toMatchObject({ version: 2 });
  expect(await blocksOf(server, agent.id)).toMatchObject([{ value: 'Ada' }]);
  const { issues } = only(await attach(server, agent.id, block.id), 'InvalidInputError');
  expect(issues).toEqual([{ path: ['blockId'], message: expect.stringContaining('conversation') }]);
  const mutation = `mutation { deleteConversation(input: { id: "${conversationId}" }) { __typename } }`;
  await server.request(mutation, {});
  expect(await readBlock(server, block.id)).toBeNull();
  expect(await tryUpdate(server, { id: block.id, value: 'x' })).toMatchObject({ __typename: 'NotFoundError' });
  expect(await server.deps.db.blockVersion.count({ where: { blockId: block.id } })).toBe(0);
  expect(await readHistory(server, agent.blocks[0]?.id ?? '')).toMatchObject({ totalCount: 1 });
});

test('without its isolated block, a conversation sees that of its agent again', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const { conversationId, block } = await isolate(server, agent.id, 'human');
  await updateBlock(server, { id: block.id, value: 'Grace' });
  await send(server, { conversationId, text: 'Hi', wait: true });
  expect(only(await deleteBlock(server, block.id), 'DeleteBlockPayload').deletedId).toBe(block.id);
  await send(server, { conversationId, text: 'Hi', wait: true });
  const [before, after] = server.model.requests.map(({ body }) => body.messages[0]?.content);
  expect(before).toContain('Grace');
  expect(after).toContain('Ada');
});

test('a block outlives its agent, its copies do not', async () => {
  await using server = await startTestServer();
  const agent = await createBlockAgent(server, { label: 'human', value: 'Ada' });
  const { block } = await isolate(server, agent.id, 'human');
  // As it is until the conversations of a deleted agent are closed.
  await server.deps.db.agent.update({ where: { id: agent.id }, data: { deletedAt: new Date() } });
  expect(await readBlock(server, block.id)).toBeNull();
  expect(await tryUpdate(server, { id: block.id, value: 'x' })).toMatchObject({ __typename: 'NotFoundError' });
  const shared = agent.blocks[0]?.id ?? '';
  expect(await updateBlock(server, { id: shared, value: 'Grace' })).toMatchObject({ value: 'Grace' });
});
