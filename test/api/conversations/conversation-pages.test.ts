import { expect, test } from 'vitest';
import type { ListConversationsQueryVariables } from '../../graphql/graphql.ts';
import { startTestServer } from '../../harness/server.ts';
import { firstConversation, newConversation } from '../../harness/talk.ts';
import { LIST } from '../../harness/conversations.ts';

test('a list pages forward and backward over the same rows, newest first', async () => {
  await using server = await startTestServer();
  const ids = [await firstConversation(server)];
  for (let index = 0; index < 6; index++) ids.unshift(await newConversation(server));
  const page = async (variables: ListConversationsQueryVariables) =>
    (await server.execute(LIST, variables)).conversations;
  const forward: string[] = [];
  for (let after: string | null = null; ;) {
    const conversations: Awaited<ReturnType<typeof page>> = await page({ first: 3, after });
    forward.push(...conversations.nodes.map(({ id }) => id));
    expect(conversations.pageInfo.hasPreviousPage).toBe(after !== null);
    if (!conversations.pageInfo.hasNextPage) break;
    after = conversations.pageInfo.endCursor;
  }
  expect(forward).toEqual(ids);
  const backward: string[] = [];
  for (let before: string | null = null; ;) {
    const conversations: Awaited<ReturnType<typeof page>> = await page({ last: 3, before });
    backward.unshift(...conversations.nodes.map(({ id }) => id));
    if (!conversations.pageInfo.hasPreviousPage) break;
    before = conversations.pageInfo.startCursor;
  }
  expect(backward).toEqual(ids);
});

test('page sizes and cursors that cannot be are refused', async () => {
  await using server = await startTestServer();
  for (const variables of [{ first: 0 }, { first: 201 }, { last: -1 }, { first: 1, last: 1 }]) {
    expect((await server.request(LIST, variables)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  }
  for (const after of ['', 'x', Buffer.from('["created","x","y"]').toString('base64url')]) {
    expect((await server.request(LIST, { after })).errors).toMatchObject([{ extensions: { code: 'INVALID_CURSOR' } }]);
  }
  const empty = await server.execute(LIST, { first: 200 });
  expect(empty.conversations.totalCount).toBe(1);
});
