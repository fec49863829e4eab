import { expect, test } from 'vitest';
import { changeDated, makeDated, readDates } from '../../harness/dates.ts';
import { startTestServer } from '../../harness/server.ts';

const updatesOf = (dates: { updatedAt: string }[]) => dates.map(({ updatedAt }) => Date.parse(updatedAt));

test('what is new was changed when it was made, and each change is later than the one before', async () => {
  await using server = await startTestServer();
  const dated = await makeDated(server, 'dated');
  const made = await readDates(server, dated);
  expect(made).toHaveLength(4);
  for (const { createdAt, ...dates } of made)
    expect([dates.updatedAt, 'lastActivityAt' in dates ? dates.lastActivityAt : createdAt]).toEqual([
      createdAt,
      createdAt,
    ]);
  let before = made;
  for (const text of ['a', 'b', 'c']) {
    await changeDated(server, dated, text);
    const after = await readDates(server, dated);
    expect(after.map(({ createdAt }) => createdAt)).toEqual(made.map(({ createdAt }) => createdAt));
    for (const [index, update] of updatesOf(after).entries())
      expect(update).toBeGreaterThan(updatesOf(before)[index] ?? Infinity);
    before = after;
  }
});

test('a change is later than the one before, also when the clock of the database was set back', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const dated = await makeDated(server, 'dated');
  const updatedAt = new Date('2100-01-01T00:00:00Z');
  await db.agent.update({ where: { id: dated.agent }, data: { updatedAt } });
  await db.conversation.update({ where: { id: dated.conversation }, data: { updatedAt } });
  await db.block.update({ where: { id: dated.block }, data: { updatedAt } });
  await db.tool.update({ where: { id: dated.tool }, data: { updatedAt } });
  await changeDated(server, dated, 'later');
  expect(updatesOf(await readDates(server, dated))).toEqual(Array(4).fill(updatedAt.getTime() + 1));
});

test('what changes nothing is no change', async () => {
  await using server = await startTestServer();
  const dated = await makeDated(server, 'dated');
  const before = await readDates(server, dated);
  const nothing = ['Agent', 'Conversation', 'Block', 'Tool'].map((type, index) => {
    const id = Object.values(dated)[index];
    return `${type}: update${type}(input: { id: "${id}" }) { __typename }`;
  });
  expect((await server.request(`mutation { ${nothing.join(' ')} }`, {})).errors).toBe(undefined);
  expect(await readDates(server, dated)).toEqual(before);
});
