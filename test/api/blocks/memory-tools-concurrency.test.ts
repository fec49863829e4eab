import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import {
  attach,
  createBlock,
  createBlockAgent,
  deleteBlock,
  detach,
  readBlock,
  readHistory,
  tryUpdate,
  updateBlock,
} from '../../harness/blocks.ts';
import { CANCEL, NEW_CONVERSATION } from '../../harness/documents.ts';
import { startHoldingServer } from '../../harness/held-run.ts';
import { only } from '../../harness/only.ts';
import { startRun, use, refusal, label } from '../../harness/memory-tools.ts';

test('a call that is run again changes nothing and gets the same answer, whatever happened since', async () => {
  await using server = await startHoldingServer();
  const { run, idOf, agent } = await startRun(server, { label, value: 'a', limit: 50 });
  const id = newId('ToolCall');
  const append = () => use(server, run, 'core_memory_append', { label, content: 'b' }, id);
  const told = await append();
  expect(await append()).toBe(told);
  expect(await readBlock(server, idOf(label))).toMatchObject({ value: 'a\nb', version: 2 });
  await updateBlock(server, { id: idOf(label), value: 'other', limit: 9, readOnly: true });
  expect(await append()).toBe(told);
  expect(await readBlock(server, idOf(label))).toMatchObject({ value: 'other', version: 3 });
  await detach(server, agent.id, idOf(label));
  expect(await append()).toBe(told);
});

test('a call that is run many times at once takes effect once', async () => {
  await using server = await startHoldingServer();
  const { run, idOf } = await startRun(server, { label, value: '' });
  const id = newId('ToolCall');
  const told = await Promise.all(
    Array.from({ length: 8 }, () => use(server, run, 'core_memory_append', { label, content: 'b' }, id)),
  );
  expect(new Set(told).size).toBe(1);
  expect(await readBlock(server, idOf(label))).toMatchObject({ value: 'b', version: 2 });
});

test('a run that has ended changes no memory', async () => {
  await using server = await startHoldingServer();
  const { run, idOf } = await startRun(server, { label, value: 'Ada' });
  only((await server.execute(CANCEL, { runId: run.runId })).cancelRun, 'CancelRunPayload');
  await expect(use(server, run, 'memory_rethink', { label, new_memory: 'x' })).rejects.toThrow(/is over/);
  expect(await readBlock(server, idOf(label))).toMatchObject({ value: 'Ada', version: 1 });
});

test('edits of one block by runs and by users at once are all kept', async () => {
  await using server = await startHoldingServer();
  const agent = await createBlockAgent(server, { label, value: '' });
  const id = agent.blocks[0]?.id ?? '';
  const { createConversation } = await server.execute(NEW_CONVERSATION, { agentId: agent.id });
  const { conversation } = only(createConversation, 'CreateConversationPayload');
  const runs = [await server.holdRun(agent.defaultConversation.id), await server.holdRun(conversation.id)];
  const lines = Array.from({ length: 10 }, (_, index) => `line ${index}`);
  const results = await Promise.all([
    ...lines.map((content, index) => use(server, runs[index % 2]!, 'core_memory_append', { label, content })),
    ...lines.map((description) => tryUpdate(server, { id, description })),
  ]);
  expect(results).toHaveLength(20);
  const block = await readBlock(server, id);
  expect(block?.version).toBe(21);
  expect(block?.value.split('\n').toSorted()).toEqual(lines);
  const { nodes } = await readHistory(server, id);
  expect(nodes.map(({ version }) => version)).toEqual(Array.from({ length: 21 }, (_, index) => 21 - index));
});

test('a block that is deleted while it is edited ends as it was last, and a later edit finds none', async () => {
  await using server = await startHoldingServer();
  const { agent, run } = await startRun(server, { label: 'other', value: '' });
  for (let round = 0; round < 8; round++) {
    const { id } = await createBlock(server, { label, value: '' });
    await attach(server, agent.id, id);
    const [told] = await Promise.all([
      use(server, run, 'memory_rethink', { label, new_memory: 'x' }).catch((error: Error) => error.message),
      round % 2 ? deleteBlock(server, id) : detach(server, agent.id, id),
    ]);
    expect(told).toMatch(/was changed|There is no memory block/);
    const { value } = await server.deps.db.block.findUniqueOrThrow({ where: { id } });
    expect(value).toBe(told.includes('was changed') ? 'x' : '');
    expect(await refusal(server, run, 'memory_rethink', { label, new_memory: 'y' })).toMatch(/The labels are: other/);
  }
});
