import { expect, test } from 'vitest';
import type { MessagePageQueryVariables } from '../../graphql/graphql.ts';
import { graphql } from '../../graphql/index.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { firstConversation, newConversation, readRun, send } from '../../harness/talk.ts';

const PAGE = graphql(`
  query MessagePage(
    $conversationId: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $direction: OrderDirection
  ) {
    conversation(id: $conversationId) {
      messages(first: $first, after: $after, last: $last, before: $before, direction: $direction) {
        totalCount
        edges {
          cursor
          node {
            position
          }
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
      runs {
        totalCount
        nodes {
          id
        }
      }
      lastRun {
        id
      }
      lastMessage {
        position
      }
    }
  }
`);

const RUN_MESSAGES = graphql(`
  query RunMessages($runId: ID!) {
    run(id: $runId) {
      agent {
        id
      }
      conversation {
        id
      }
      messages {
        totalCount
        nodes {
          __typename
          run {
            id
          }
          step {
            index
          }
        }
      }
    }
  }
`);

/** A conversation of nine messages: the system prompt, and four questions with their answers. */
async function longConversation(server: TestServer) {
  const conversationId = await newConversation(server);
  const runs = [];
  for (const text of ['a', 'b', 'c', 'd']) runs.push((await send(server, { conversationId, text, wait: true })).id);
  return { conversationId, runs };
}

async function page(server: TestServer, variables: MessagePageQueryVariables) {
  return (await server.execute(PAGE, variables)).conversation!;
}

test.each(['ASC', 'DESC'] as const)('the history pages %s, forward and backward, without a gap', async (direction) => {
  await using server = await startTestServer();
  const { conversationId, runs } = await longConversation(server);
  const positions = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const expected = direction === 'ASC' ? positions : positions.toReversed();

  const seen: (number | null)[] = [];
  for (let after: string | null = null, hasNext = true; hasNext;) {
    const { messages } = await page(server, { conversationId, first: 4, after, direction });
    seen.push(...messages.edges.map(({ node }) => node.position));
    expect(messages).toMatchObject({ totalCount: 9, pageInfo: { hasPreviousPage: after !== null } });
    ({ endCursor: after, hasNextPage: hasNext } = messages.pageInfo);
  }
  expect(seen).toEqual(expected);

  const backward: (number | null)[] = [];
  for (let before: string | null = null, hasPrevious = true; hasPrevious;) {
    const { messages } = await page(server, { conversationId, last: 4, before, direction });
    backward.unshift(...messages.edges.map(({ node }) => node.position));
    ({ startCursor: before, hasPreviousPage: hasPrevious } = messages.pageInfo);
  }
  expect(backward).toEqual(expected);

  const whole = await page(server, { conversationId, direction });
  expect(whole).toMatchObject({ lastRun: { id: runs.at(-1) }, lastMessage: { position: 9 } });
  expect(whole.runs).toEqual({ totalCount: 4, nodes: runs.toReversed().map((id) => ({ id })) });
  const [second, sixth] = [whole.messages.edges[1], whole.messages.edges[5]];
  const between = await page(server, {
    conversationId,
    after: second?.cursor ?? null,
    before: sixth?.cursor ?? null,
    direction,
  });
  expect(between.messages.edges).toEqual(whole.messages.edges.slice(2, 5));
  const pastTheEnd = await page(server, { conversationId, after: whole.messages.pageInfo.endCursor, direction });
  expect(pastTheEnd.messages).toMatchObject({
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
  });
});

test('a cursor of one order or list is refused in another', async () => {
  await using server = await startTestServer();
  const { conversationId } = await longConversation(server);
  const { messages } = await page(server, { conversationId, first: 2 });
  const cursor = messages.pageInfo.endCursor;
  const descending = await server.request(PAGE, { conversationId, after: cursor, direction: 'DESC' });
  const list = await server.request('query ($after: String) { agents(after: $after) { nodes { id } } }', {
    after: cursor,
  });
  for (const { errors } of [descending, list])
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_CURSOR' } }]);
});

test('a run lists the messages that it brought and made', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  server.model.answers({ reasoning: 'hm' }, 'a');
  const { id } = await send(server, { conversationId, text: 'Hi', wait: true });
  await send(server, { conversationId, text: 'Other', wait: true });
  const { run } = await server.execute(RUN_MESSAGES, { runId: id });
  const step = { index: 0 };
  expect(run).toMatchObject({
    conversation: { id: conversationId },
    messages: {
      totalCount: 3,
      nodes: [
        { __typename: 'UserMessage', run: { id }, step: null },
        { __typename: 'ReasoningMessage', run: { id }, step },
        { __typename: 'AssistantMessage', run: { id }, step },
      ],
    },
  });
  expect((await readRun(server, id)).inputMessages).toMatchObject([{ position: 2 }]);
});
