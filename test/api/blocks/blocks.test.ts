import { expect, test } from 'vitest';
import {
  CREATE_BLOCK,
  createBlock,
  createBlockAgent,
  deleteBlock,
  readBlock,
  tryUpdate,
  updateBlock,
} from '../../harness/blocks.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';

const tryCreate = async (server: TestServer, fields: object) =>
  (await server.execute(CREATE_BLOCK, { input: { label: 'human', value: '', ...fields } })).createBlock;

/** A family of five code points, and a letter of two. */
const SEVEN = '👨‍👩‍👧e\u0301';

test('a block has what it was created with, and defaults for the rest', async () => {
  await using server = await startTestServer();
  const input = {
    label: 'Größe_1./-',
    value: 'Grüße 👋',
    description: 'Whom it talks to',
    limit: 8,
    readOnly: true,
    metadata: { k: [1, null, { '👋': 'x' }] },
  };
  const block = await createBlock(server, input);
  expect(block).toMatchObject({ ...input, version: 1, isIsolated: false, id: expect.stringMatching(/^block-/) });
  expect(await readBlock(server, block.id)).toEqual(block);
  const nulls = { description: null, limit: null, readOnly: null, metadata: null };
  for (const fields of [{}, nulls]) {
    expect(await createBlock(server, { label: 'a', value: '', ...fields })).toMatchObject({
      value: '',
      description: null,
      limit: 100_000,
      readOnly: false,
      metadata: {},
    });
  }
});

test('a limit counts Unicode code points, neither UTF-16 units nor what is seen as one', async () => {
  await using server = await startTestServer();
  expect(await createBlock(server, { value: SEVEN, limit: 7 })).toMatchObject({ value: SEVEN });
  const agent = await createBlockAgent(server, { label: 'human', value: SEVEN, limit: 7 });
  const id = agent.blocks[0]?.id ?? '';
  const refused = only(await tryCreate(server, { value: SEVEN, limit: 6 }), 'InvalidInputError');
  expect(refused.issues).toEqual([{ path: ['value'], message: expect.stringMatching(/\b7\b.*\b6\b/) }]);

  for (const value of [`${SEVEN}x`, '👋'.repeat(8), 'e\u0301e\u0301e\u0301e\u0301']) {
    const { issues } = only(await tryUpdate(server, { id, value }), 'InvalidInputError');
    expect(issues).toEqual([{ path: ['value'], message: expect.stringMatching(/\b8\b.*\b7\b/) }]);
  }
  expect(await updateBlock(server, { id, value: '👋'.repeat(7) })).toMatchObject({ version: 2 });
  expect(await updateBlock(server, { id, value: '👋'.repeat(8), limit: 8 })).toMatchObject({ version: 3, limit: 8 });
});

test('a limit cannot be lowered below what is there, but together with it', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server, { value: SEVEN });
  const { issues } = only(await tryUpdate(server, { id, limit: 6 }), 'InvalidInputError');
  expect(issues).toEqual([{ path: ['limit'], message: expect.stringMatching(/\b6\b.*\b7\b/) }]);
  const both = only(await tryUpdate(server, { id, limit: 4, value: '12345' }), 'InvalidInputError');
  expect(both.issues).toEqual([{ path: ['value'], message: expect.stringMatching(/\b5\b.*\b4\b/) }]);
  expect(await readBlock(server, id)).toMatchObject({ value: SEVEN, limit: 100_000, version: 1 });
  expect(await updateBlock(server, { id, limit: 7 })).toMatchObject({ limit: 7, version: 2 });
  expect(await updateBlock(server, { id, limit: 1, value: '👋' })).toMatchObject({ limit: 1, version: 3 });
});

test('the highest limit is 500,000, and holds so many code points', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server, { limit: 500_000 });
  // More than 500,000 UTF-16 units. As emoji alone, the request would be too large.
  const value = '👋'.repeat(1000) + 'x'.repeat(499_000);
  expect((await updateBlock(server, { id, value })).value).toHaveLength(501_000);
  const { issues } = only(await tryUpdate(server, { id, value: `${value}x` }), 'InvalidInputError');
  expect(issues[0]?.message).toMatch(/500001.*500000/);
});

test('blocks that cannot be are refused, and the problem is named', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server);
  const bad: [object, string][] = [
    [{ value: 'a\0' }, 'value'],
    [{ value: '\ud83d' }, 'value'],
    [{ value: '\udc4b\ud83d' }, 'value'],
    [{ description: 'a\0' }, 'description'],
    [{ description: '\ud83d' }, 'description'],
    [{ metadata: [] }, 'metadata'],
    [{ metadata: 'x' }, 'metadata'],
    [{ metadata: { k: ['a\0'] } }, 'metadata'],
    [{ metadata: { '\ud83d': 1 } }, 'metadata'],
    [{ limit: 0 }, 'limit'],
    [{ limit: -1 }, 'limit'],
    [{ limit: 500_001 }, 'limit'],
  ];
  const labels = ['', '<b>', '1a', 'a b', 'a\0', 'a\ud83d', 'a'.repeat(501)].map((label) => [{ label }, 'label']);
  const nulls = ['value', 'limit', 'readOnly', 'metadata'].map((name) => [{ [name]: null }, name]);
  for (const [fields, path] of [...bad, ...labels] as [object, string][]) {
    const { issues } = only(await tryCreate(server, fields), 'InvalidInputError');
    expect(new Set(issues.map((issue) => issue.path.join('.'))), JSON.stringify(fields)).toEqual(new Set([path]));
  }
  for (const [fields, path] of [...bad, ...nulls] as [object, string][]) {
    const { issues } = only(await tryUpdate(server, { id, ...fields }), 'InvalidInputError');
    expect(new Set(issues.map((issue) => issue.path.join('.'))), JSON.stringify(fields)).toEqual(new Set([path]));
  }
  const { issues } = only(await tryUpdate(server, { id, value: '\0', limit: 0, readOnly: null }), 'InvalidInputError');
  expect(issues.map((issue) => issue.path[0])).toEqual(['value', 'limit', 'readOnly']);
  expect(await readBlock(server, id)).toMatchObject({ value: 'Ada', version: 1 });
});

test('an update changes what is given, and null clears the description', async () => {
  await using server = await startTestServer();
  const fields = { value: 'Ada', description: 'd', limit: 10, readOnly: true, metadata: { a: 1, b: 2 } };
  const created = await createBlock(server, fields);
  const { id } = created;
  let version = 1;
  const changes = [
    { value: 'Grace' },
    { description: null },
    { limit: 11 },
    { readOnly: false },
    { metadata: { c: 3 } },
    { value: 'Alan', description: 'e', limit: 12, readOnly: true, metadata: {} },
  ];
  const expected = { ...fields };
  for (const change of changes) {
    Object.assign(expected, change);
    expect(await updateBlock(server, { id, ...change })).toMatchObject({ ...expected, version: ++version });
  }
  const after = await readBlock(server, id);
  expect(after).toMatchObject({ ...expected, label: 'human', createdAt: created.createdAt });
  expect(Date.parse(after?.updatedAt ?? '')).toBeGreaterThan(Date.parse(created.updatedAt));
});

test('what is the same as before is no change, and gives no version', async () => {
  await using server = await startTestServer();
  const fields = { value: 'Ada', description: null, limit: 10, readOnly: true, metadata: { a: { b: [1] }, c: 2 } };
  const block = await createBlock(server, fields);
  const { id } = block;
  for (const same of [{}, fields, { metadata: { c: 2, a: { b: [1] } } }, { expectedVersion: 1 }])
    expect(await updateBlock(server, { id, ...same })).toEqual(block);
  const literal = `mutation { updateBlock(input: { id: "${id}", metadata: { a: { b: [1] }, c: 2 } }) { __typename } }`;
  expect((await server.request(literal, {})).data).toMatchObject({ updateBlock: { __typename: 'UpdateBlockPayload' } });
  expect(await readBlock(server, id)).toEqual(block);
  expect(await updateBlock(server, { id, ...fields, metadata: { a: { b: [2] }, c: 2 } })).toMatchObject({ version: 2 });
});

test('an update or deletion that expects another version does nothing, and is told the current one', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server);
  await updateBlock(server, { id, value: 'Grace', expectedVersion: 1 });
  for (const expectedVersion of [1, 3, 0, -1]) {
    const conflict = { __typename: 'VersionConflictError', code: 'VERSION_CONFLICT', currentVersion: 2 };
    expect(await tryUpdate(server, { id, value: 'Alan', expectedVersion })).toMatchObject(conflict);
    expect(await tryUpdate(server, { id, value: 'Grace', expectedVersion })).toMatchObject(conflict);
    expect(await deleteBlock(server, id, expectedVersion)).toMatchObject(conflict);
  }
  expect(await readBlock(server, id)).toMatchObject({ value: 'Grace', version: 2 });
  await updateBlock(server, { id, value: 'Alan', expectedVersion: null });
  only(await deleteBlock(server, id, 3), 'DeleteBlockPayload');
});

test('the API may change a block that is read-only for the agent', async () => {
  await using server = await startTestServer();
  const { id } = await createBlock(server, { readOnly: true });
  expect(await updateBlock(server, { id, value: 'Grace' })).toMatchObject({ value: 'Grace', readOnly: true });
});
