import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { runBuiltIn } from '../../../src/worker/execution/built-ins/run-built-in.ts';
import { startHoldingServer, type HeldRun, type HoldingServer } from '../../harness/held-run.ts';
import type { TestServer } from '../../harness/server.ts';
import { firstConversation, newConversation, send } from '../../harness/talk.ts';

interface Hit {
  role: 'user' | 'assistant';
  createdAt: string;
  text: string;
}

/** Has each pair said: by the user, and by the agent. */
async function talk(server: TestServer, conversationId: string, ...pairs: [string, string][]): Promise<void> {
  for (const [text, answer] of pairs) {
    server.model.answers(answer);
    await send(server, { conversationId, text, wait: true });
  }
}

function use(server: TestServer, run: HeldRun, given: object): Promise<string> {
  const request = { id: newId('ToolCall'), arguments: given as Record<string, unknown> };
  return runBuiltIn(server.deps, run, 'conversation_search', request);
}

const NOTHING = 'Nothing was found. Try other words, or fewer.';

async function search(server: TestServer, run: HeldRun, given: object): Promise<Hit[]> {
  const told = await use(server, run, given);
  return told === NOTHING ? [] : (JSON.parse(told) as Hit[]);
}

const textsOf = async (...given: Parameters<typeof search>) => (await search(...given)).map(({ text }) => text);

/** A conversation in which all this was said, and a run of it that is being answered. */
async function startRun(server: HoldingServer, ...pairs: [string, string][]): Promise<HeldRun> {
  const conversationId = await firstConversation(server);
  await talk(server, conversationId, ...pairs);
  return server.holdRun(conversationId, 'What did I say about whales, tea and Rome?');
}

test('finds what was said by users and the agent in any form of the words, the best first', async () => {
  await using server = await startHoldingServer();
  const run = await startRun(
    server,
    ['I saw a whale.', 'A blue one?'],
    ['Blue whales are the largest.', 'They are.'],
    ['My car is blue.', 'Nice.'],
  );
  const [best, ...others] = await search(server, run, { query: 'blue whale' });
  expect(best).toEqual({ role: 'user', createdAt: expect.any(String), text: 'Blue whales are the largest.' });
  expect(new Date(best?.createdAt ?? '').toISOString()).toBe(best?.createdAt);
  expect(others.map(({ text }) => text).toSorted()).toEqual(['A blue one?', 'I saw a whale.', 'My car is blue.']);
  expect(await textsOf(server, run, { query: 'What is the largest?' })).toEqual(['Blue whales are the largest.']);
  expect(await textsOf(server, run, { query: '"blue whales"' })).toEqual(['Blue whales are the largest.']);
  expect(await textsOf(server, run, { query: 'blue -whale -car' })).toEqual(['A blue one?']);
  expect(await textsOf(server, run, { query: 'blue', roles: ['assistant'] })).toEqual(['A blue one?']);
  expect(await textsOf(server, run, { query: 'blue', limit: 2 })).toHaveLength(2);
  expect(await use(server, run, { query: 'penguin' })).toBe(NOTHING);
});

test('finds each form of a word by any other', async () => {
  await using server = await startHoldingServer();
  const forms = { happiness: 'happy', whaling: 'whale', sensibility: 'sensible', cities: 'city', running: 'runs' };
  const run = await startRun(server, ...Object.keys(forms).map((said): [string, string] => [said, '-']));
  for (const [said, query] of Object.entries(forms)) expect(await textsOf(server, run, { query })).toEqual([said]);
});

test('finds pieces of words, words of any language and signs, none of which is a wildcard', async () => {
  await using server = await startHoldingServer();
  const run = await startRun(
    server,
    ['我喜欢喝茶', 'Die Äpfel sind reif.'],
    ['a 100% match', 'a 100 match'],
    ['snake_case', 'snakeXcase'],
    [String.raw`C:\temp`, 'C:temp'],
  );
  const find = (query: string) => textsOf(server, run, { query });
  expect(await find('喜欢')).toEqual(['我喜欢喝茶']);
  expect(await find('äPFEL')).toEqual(['Die Äpfel sind reif.']);
  expect(await find('pfe')).toEqual(['Die Äpfel sind reif.']);
  expect(await find('0%')).toEqual(['a 100% match']);
  expect(await find('e_c')).toEqual(['snake_case']);
  expect(await find(String.raw`:\t`)).toEqual([String.raw`C:\temp`]);
  expect(await find("' & | ! ( <-> :* \\ \0 \ud800")).toEqual([]);
});

test('finds what the model sees no more, and not what it was just asked or what waits', async () => {
  await using server = await startHoldingServer();
  const run = await startRun(server, ['I live in Rome.', 'ok'], ['Tea, please.', 'ok']);
  const { db } = server.deps;
  await db.message.updateMany({ where: { kind: 'USER' }, data: { inContext: false, contextRank: null } });
  await send(server, { conversationId: run.conversationId, text: 'Rome again', onBusy: 'ENQUEUE' });
  expect(await textsOf(server, run, { query: 'Rome' })).toEqual(['I live in Rome.']);
});

test('finds nothing of other conversations of the agent, nor of another organization', async () => {
  await using server = await startHoldingServer();
  await talk(server, await newConversation(server), ['My secret is Rome.', 'Rome it is.']);
  const run = await startRun(server, ['Hello.', 'Hi.']);
  expect(await textsOf(server, run, { query: 'Rome' })).toEqual([]);
  const organizationId = newId('Organization');
  await server.deps.db.organization.create({ data: { id: organizationId, name: 'Other' } });
  expect(await textsOf(server, run, { query: 'hello' })).toEqual(['Hello.']);
  await server.deps.db.message.updateMany({ where: { conversationId: run.conversationId }, data: { organizationId } });
  expect(await textsOf(server, run, { query: 'hello' })).toEqual([]);
});

test('without words finds the newest, and at most 10 unless told otherwise', async () => {
  await using server = await startHoldingServer();
  const pairs = Array.from({ length: 6 }, (_, index): [string, string] => [`question ${index}`, `answer ${index}`]);
  const run = await startRun(server, ...pairs);
  expect(await textsOf(server, run, { limit: 3 })).toEqual(['answer 5', 'question 5', 'answer 4']);
  expect(await textsOf(server, run, {})).toHaveLength(10);
  expect(await textsOf(server, run, { limit: 50 })).toHaveLength(12);
});

test('keeps to days and times, without an offset those of the agent', async () => {
  await using server = await startHoldingServer();
  const run = await startRun(server, ['tea one', '-'], ['tea two', '-'], ['tea three', '-']);
  const { db } = server.deps;
  await db.agent.updateMany({
    where: { organizationId: server.viewer.organizationId },
    data: { timezone: 'America/New_York' },
  });
  // The second and the third are of 2 March there, the first is of the day before.
  const times = {
    'tea one': '2024-03-02T04:59:59.999Z',
    'tea two': '2024-03-02T05:00:00Z',
    'tea three': '2024-03-03T04:59:59.999Z',
  };
  for (const [text, createdAt] of Object.entries(times))
    await db.message.updateMany({
      where: { conversationId: run.conversationId, content: { path: ['parts', '0', 'text'], equals: text } },
      data: { createdAt },
    });
  const find = (range: object) => textsOf(server, run, { query: 'tea', ...range });
  expect(await find({ start_date: '2024-03-02' })).toEqual(['tea three', 'tea two']);
  expect(await find({ end_date: '2024-03-01' })).toEqual(['tea one']);
  expect(await find({ start_date: '2024-03-02', end_date: '2024-03-02' })).toEqual(['tea three', 'tea two']);
  expect(await find({ end_date: '2024-03-02T05:00:00Z' })).toEqual(['tea two', 'tea one']);
  expect(await find({ start_date: '2024-03-02 00:00', end_date: '2024-03-02T00:00:00' })).toEqual(['tea two']);
  expect(await find({ start_date: '2024-03-02T06:00:00+01:00', end_date: '2024-03-02T05:00:00.000Z' })).toEqual([
    'tea two',
  ]);
  for (const wrong of ['yesterday', '2024-02-30', '2024-03-01T25:00:00Z', '0000-01-01', ''])
    await expect(use(server, run, { query: 'tea', end_date: wrong })).rejects.toThrow(
      /^end_date is no date.*2024-01-31/,
    );
  const ends = { start_date: '0001-01-01T00:00:00+14:00', end_date: '9999-12-31T23:59:59-12:00' };
  for (const range of [{ start_date: '0001-01-01', end_date: '9999-12-31' }, ends])
    expect(await find(range)).toHaveLength(3);
});

test('searches each text among the parts of a message, and shows the place in a long one', async () => {
  await using server = await startHoldingServer();
  const long = `${'lorem 😀 ipsum '.repeat(500)} Whales sing. ${'dolor sit '.repeat(500)}`;
  const run = await startRun(server, ['placeholder', long]);
  const parts = [{ text: 'Look at this orca:' }, { image: newId('Image') }, { text: 'It swims.' }];
  await server.deps.db.message.updateMany({
    where: { conversationId: run.conversationId, kind: 'USER', runId: { not: run.runId } },
    data: { content: { parts } },
  });
  expect(await textsOf(server, run, { query: 'orca swimming' })).toEqual(['Look at this orca:\n\nIt swims.']);
  const [text = ''] = await textsOf(server, run, { query: 'whale' });
  expect(text).toContain('Whales sing.');
  expect([...text]).toHaveLength(1000 + 4);
  expect(text.isWellFormed()).toBe(true);
});

test('searches thousands of messages, in whichever place they are', async () => {
  await using server = await startHoldingServer();
  const run = await startRun(server, ['The first whale.', 'ok']);
  const { db } = server.deps;
  const { organizationId, conversationId } = run;
  const filler = Array.from({ length: 2000 }, (_, index) => ({
    id: newId('Message'),
    organizationId,
    conversationId,
    kind: 'ASSISTANT' as const,
    content: { text: index === 1200 ? 'The middle whale.' : `Number ${index} of many.`, model: '', isPartial: false },
    position: 1000 + index,
  }));
  await db.message.createMany({ data: filler });
  await db.conversationHead.update({ where: { conversationId }, data: { lastPosition: 2999 } });
  expect(await textsOf(server, run, { query: 'whales' })).toEqual(['The middle whale.', 'The first whale.']);
  expect(await textsOf(server, run, { query: 'number 7' })).toHaveLength(10);
});

test('a run that was aborted is searched for no more', async () => {
  await using server = await startHoldingServer();
  const run = await startRun(server, ['Hello.', 'Hi.']);
  await expect(
    use(server, { ...run, signal: AbortSignal.abort(new Error('cut')) }, { query: 'hello' }),
  ).rejects.toThrow('cut');
});
