import { expect, test } from 'vitest';
import {
  attach,
  createBlock,
  createBlockAgent,
  deleteBlock,
  detach,
  giveAway,
  isolate,
  readBlock,
  readHistory,
} from '../../harness/blocks.ts';
import { startHoldingServer } from '../../harness/held-run.ts';
import { send } from '../../harness/talk.ts';
import { startRun, use, refusal, label } from '../../harness/memory-tools.ts';

test.each([
  ['core_memory_append', { content: 'Likes tea.' }, 'Name: Ada\nLives in Rome\nLikes tea.'],
  ['core_memory_replace', { old_content: 'Rome', new_content: 'Oslo' }, 'Name: Ada\nLives in Oslo'],
  ['memory_insert', { new_string: 'Likes tea.', insert_line: 1 }, 'Name: Ada\nLikes tea.\nLives in Rome'],
  ['memory_insert', { new_string: 'Likes tea.' }, 'Name: Ada\nLives in Rome\nLikes tea.'],
  ['memory_replace', { old_string: '\nLives in Rome', new_string: '' }, 'Name: Ada'],
  ['memory_rethink', { new_memory: 'Ada of Rome' }, 'Ada of Rome'],
])('%s changes the block, tells how full it is, and the next run sees it: %j', async (name, given, expected) => {
  await using server = await startHoldingServer();
  const { agent, run, idOf } = await startRun(server, { label, value: 'Name: Ada\nLives in Rome', limit: 50 });
  const told = await use(server, run, name, { label, ...given });
  expect(told).toContain('"human"');
  expect(told).toContain(`${expected.length} of at most 50 characters`);
  const id = idOf(label);
  expect(await readBlock(server, id)).toMatchObject({ value: expected, version: 2 });
  expect((await readHistory(server, id)).nodes).toMatchObject([
    { version: 2, value: expected, agentId: agent.id, userId: null },
    { version: 1, agentId: null },
  ]);
  run.call.stops();
  await send(server, { conversationId: run.conversationId, text: 'And now?', onBusy: 'ENQUEUE', wait: true });
  expect(server.model.requests.at(-1)?.body.messages[0]?.content).toContain(`<value>\n${expected}\n</value>`);
});

test('an edit that changes nothing succeeds, and is not in the history', async () => {
  await using server = await startHoldingServer();
  const { run, idOf } = await startRun(server, { label, value: 'Ada' });
  const told = await use(server, run, 'memory_replace', { label, old_string: 'Ada', new_string: 'Ada' });
  expect(told).toContain('Nothing was changed');
  expect(await readHistory(server, idOf(label))).toMatchObject({ totalCount: 1 });
});

test('a refused edit tells the model what to do, and changes nothing', async () => {
  await using server = await startHoldingServer();
  const { run, idOf } = await startRun(
    server,
    { label, value: 'one\ntwo\ntwo', limit: 12 },
    { label: 'rules', value: 'Be kind.', readOnly: true },
  );
  const edit = (name: string, given: object) => refusal(server, run, name, { label, ...given });
  expect(await edit('core_memory_append', { label: 'nobody', content: 'x' })).toMatch(
    /no memory block with the label "nobody".* human, rules/,
  );
  expect(await edit('memory_rethink', { label: 'rules', new_memory: '' })).toMatch(/"rules" is read-only/);
  expect(await edit('memory_replace', { old_string: 'Two', new_string: '' })).toMatch(
    /not hold this passage.*one\ntwo\ntwo/s,
  );
  expect(await edit('memory_replace', { old_string: 'two', new_string: '' })).toMatch(/more than once.*longer/);
  expect(await edit('core_memory_replace', { old_content: '', new_content: 'x' })).toMatch(/is empty/);
  expect(await edit('memory_insert', { new_string: 'x', insert_line: 4 })).toMatch(/no line 4.* 3 lines/);
  expect(await edit('core_memory_append', { content: '😀' })).toMatch(/has 13 characters.* 12\./);
  expect(await readBlock(server, idOf(label))).toMatchObject({ value: 'one\ntwo\ntwo', version: 1 });
  expect(await readBlock(server, idOf('rules'))).toMatchObject({ value: 'Be kind.', version: 1 });
  await use(server, run, 'memory_rethink', { label, new_memory: '😀'.repeat(12) }); // fits: code points count
});

test('an agent without memory is told that it has none', async () => {
  await using server = await startHoldingServer();
  const { run } = await startRun(server);
  expect(await refusal(server, run, 'memory_rethink', { label, new_memory: '' })).toMatch(/There are none/);
});

test('what cannot be stored is dropped from what the model writes', async () => {
  await using server = await startHoldingServer();
  const { run, idOf } = await startRun(server, { label, value: '' });
  await use(server, run, 'core_memory_append', { label, content: 'a\0b\ud800' });
  expect((await readBlock(server, idOf(label)))?.value).toBe('ab\ufffd');
});

test("a conversation's own copy is changed, and the shared block is left alone, also for its very value", async () => {
  await using server = await startHoldingServer();
  const agent = await createBlockAgent(server, { label, value: 'shared' }, { label: 'persona', value: 'Kind' });
  const shared = agent.blocks.find((block) => block.label === label)?.id ?? '';
  const { conversationId, block } = await isolate(server, agent.id, label);
  const run = await server.holdRun(conversationId);
  await use(server, run, 'memory_rethink', { label, new_memory: 'own' });
  expect(await readBlock(server, block.id)).toMatchObject({ value: 'own', version: 2 });
  await use(server, run, 'memory_rethink', { label, new_memory: 'shared' });
  expect(await readBlock(server, block.id)).toMatchObject({ value: 'shared', version: 3 });
  expect(await readBlock(server, shared)).toMatchObject({ value: 'shared', version: 1 });
  // What it has no copy of is the agent's.
  await use(server, run, 'memory_rethink', { label: 'persona', new_memory: 'Strict' });
  const persona = agent.blocks.find((other) => other.label === 'persona')?.id ?? '';
  expect(await readBlock(server, persona)).toMatchObject({ value: 'Strict' });
});

test('a block that was detached, deleted or is another organization’s is none of the agent’s', async () => {
  await using server = await startHoldingServer();
  const labels = ['a', 'b', 'c', 'd'];
  const { agent, run, idOf } = await startRun(server, ...labels.map((one) => ({ label: one, value: '' })));
  await detach(server, agent.id, idOf('a'));
  await deleteBlock(server, idOf('b'));
  await giveAway(server, idOf('c'));
  for (const gone of ['a', 'b', 'c'])
    expect(await refusal(server, run, 'memory_rethink', { label: gone, new_memory: 'x' })).toMatch(
      /The labels are: d\.$/,
    );
  const other = await createBlock(server, { label: 'a', value: '' });
  await attach(server, agent.id, other.id);
  await use(server, run, 'memory_rethink', { label: 'a', new_memory: 'x' });
  expect(await readBlock(server, other.id)).toMatchObject({ value: 'x' });
  expect(await readBlock(server, idOf('a'))).toMatchObject({ value: '' });
});

test('without its own copy, deleted meanwhile, a conversation has the shared block again', async () => {
  await using server = await startHoldingServer();
  const agent = await createBlockAgent(server, { label, value: '' });
  const { conversationId, block } = await isolate(server, agent.id, label);
  const run = await server.holdRun(conversationId);
  const lines = Array.from({ length: 6 }, (_, index) => `${index}`);
  const edits = lines.map((content) => use(server, run, 'core_memory_append', { label, content }));
  const [deleted] = await Promise.all([deleteBlock(server, block.id), ...edits]);
  expect(deleted.__typename).toBe('DeleteBlockPayload');
  const { db } = server.deps;
  // Each line went where the label led at that moment, and into one place only. The API no longer shows the copy.
  const ends = await db.block.findMany({ where: { id: { in: [block.id, agent.blocks[0]?.id ?? ''] } } });
  expect(ends.flatMap(({ value }) => value.split('\n').filter(Boolean)).toSorted()).toEqual(lines);
});

test('the history of a block leads to the call that changed it', async () => {
  await using server = await startHoldingServer();
  const { agent, run, idOf } = await startRun(server, { label, value: 'Ada' });
  run.call.callsTool('unknown_tool', {});
  const [call] = await Promise.all([server.model.nextCall(), run.call.stops()]);
  const { id } = await server.deps.db.toolCall.findFirstOrThrow({ where: { runId: run.runId } });
  await use(server, run, 'memory_rethink', { label, new_memory: 'Grace' }, id);
  const read = async () => {
    const query = `{ block(id: "${idOf(label)}") { history { nodes { agentId toolCall { id run { id } } } } } }`;
    return (await server.request<{ block: { history: { nodes: object[] } } }, object>(query, {})).data?.block.history;
  };
  expect(await read()).toEqual({
    nodes: [
      { agentId: agent.id, toolCall: { id, run: { id: run.runId } } },
      { agentId: null, toolCall: null },
    ],
  });
  await server.deps.db.conversation.update({ where: { id: run.conversationId }, data: { deletedAt: new Date() } });
  expect((await read())?.nodes[0]).toEqual({ agentId: agent.id, toolCall: null });
  call.stops();
});
