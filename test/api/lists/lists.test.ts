import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { newConversation } from '../../harness/talk.ts';
import { readPage } from '../../harness/walk.ts';

interface Failure {
  extensions: { code: string };
}

async function codeOf(server: TestServer, field: string): Promise<string | undefined> {
  const { data, errors } = await server.request(`{ it: ${field} { nodes { id } } }`, {});
  expect(data ?? null, field).toEqual(errors ? null : data);
  return (errors?.[0] as Failure | undefined)?.extensions.code;
}

const cursorsOf = async (server: TestServer, field: string, args = 'first: 50') =>
  (await readPage(server, { path: [field] }, args)).edges.map(({ cursor }) => cursor);

const byCompletion = (nulls: string) => `orderBy: { field: LAST_RUN_COMPLETION, direction: DESC, nulls: ${nulls} }`;

test.each(['agents', 'conversations', 'runs'])('%s gives 50 unless told, and takes 1 to 200', async (list) => {
  await using server = await startTestServer();
  for (const size of ['first: 0', 'first: 201', 'first: -1', 'last: 0', 'last: 201', 'first: 1, last: 1'])
    expect(await codeOf(server, `${list}(${size})`), size).toBe('BAD_USER_INPUT');
  for (const size of ['first: 1', 'first: 200', 'last: 1', 'last: 200', 'first: null, last: 1', 'first: 1, last: null'])
    expect(await codeOf(server, `${list}(${size}, after: null, before: null, filter: null, orderBy: null)`)).toBe(
      undefined,
    );
});

test('without a size a page has 50', async () => {
  await using server = await startTestServer();
  const { db } = server.deps;
  const { organizationId } = server.viewer;
  const { agentId } = await db.conversation.findFirstOrThrow({ where: { organizationId } });
  const ids = Array.from({ length: 60 }, () => newId('Conversation'));
  await db.conversation.createMany({ data: ids.map((id) => ({ id, organizationId, agentId })) });
  const { nodes, pageInfo, totalCount } = await readPage(server, { path: ['conversations'] }, 'after: null');
  expect({ size: nodes.length, totalCount, ...pageInfo }).toMatchObject({
    size: 50,
    totalCount: 61,
    hasNextPage: true,
    hasPreviousPage: false,
  });
});

test('an empty page has null cursors', async () => {
  await using server = await startTestServer();
  const empty = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
  const page = await readPage(server, { path: ['runs'] }, 'first: 5');
  expect(page).toEqual({ totalCount: 0, edges: [], nodes: [], pageInfo: empty });
});

test('a cursor that is malformed, altered, or of another order or list is INVALID_CURSOR', async () => {
  await using server = await startTestServer();
  await newConversation(server);
  const [cursor = ''] = await cursorsOf(server, 'conversations');
  const altered = [...cursor].map((letter, index) => {
    const other = letter === 'A' ? 'B' : 'A';
    return cursor.slice(0, index) + other + cursor.slice(index + 1);
  });
  const byName = await readPage(server, { path: ['agents'], orderBy: '{ field: NAME, direction: ASC }' }, 'first: 1');
  const others = [
    '',
    'x',
    '%%%',
    cursor.slice(0, -1),
    `${cursor}=`,
    `${cursor}A`,
    ` ${cursor}`,
    byName.edges[0]!.cursor,
  ];
  for (const wrong of [...altered, ...others]) {
    expect(await codeOf(server, `conversations(after: "${wrong}")`), wrong).toBe('INVALID_CURSOR');
    expect(await codeOf(server, `conversations(last: 1, before: "${wrong}")`), wrong).toBe('INVALID_CURSOR');
  }
  const orders = [
    'CREATED_AT, direction: ASC',
    'LAST_ACTIVITY_AT, direction: DESC',
    'LAST_RUN_COMPLETION, direction: DESC',
  ];
  for (const order of orders)
    expect(await codeOf(server, `conversations(after: "${cursor}", orderBy: { field: ${order} })`)).toBe(
      'INVALID_CURSOR',
    );
  for (const list of ['agents', 'runs'])
    expect(await codeOf(server, `${list}(after: "${cursor}")`)).toBe('INVALID_CURSOR');
  expect(await codeOf(server, `conversations(after: "${cursor}")`)).toBe(undefined);
});

test('where nulls stand is part of an order that has nulls', async () => {
  await using server = await startTestServer();
  const { edges } = await readPage(server, { path: ['conversations'] }, `first: 1, ${byCompletion('LAST')}`);
  expect(await codeOf(server, `conversations(after: "${edges[0]!.cursor}", ${byCompletion('FIRST')})`)).toBe(
    'INVALID_CURSOR',
  );
});

test('the cursor of a deleted conversation still works', async () => {
  await using server = await startTestServer();
  const ids = [];
  for (let count = 0; count < 4; count++) ids.push(await newConversation(server));
  const before = await readPage(server, { path: ['conversations'] }, 'first: 5');
  const cursor = before.edges[1]!.cursor;
  await server.request(`mutation { deleteConversation(input: { id: "${before.nodes[1]!.id}" }) { __typename } }`, {});
  const after = await readPage(server, { path: ['conversations'] }, `first: 5, after: "${cursor}"`);
  expect(after.nodes).toEqual(before.nodes.slice(2));
  expect(after.totalCount).toBe(4);
  expect(after.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
});
