import { expect, test } from 'vitest';
import { graphql } from '../../graphql/index.ts';
import type { CursorAndMessagesFragment } from '../../graphql/graphql.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { eventsUntil, history, isEnd, newConversation, send } from '../../harness/talk.ts';

/** The messages come first in the document: a server that read them in this order would miss what comes between. */
const BY_ID = graphql(`
  query CursorById($id: ID!) {
    conversation(id: $id) {
      ...CursorAndMessages
    }
  }

  fragment CursorAndMessages on Conversation {
    messages(last: 200) {
      nodes {
        id
      }
    }
    eventCursor
  }
`);

const BY_NODE = graphql(`
  query CursorByNode($id: ID!) {
    node(id: $id) {
      __typename
      ... on Conversation {
        ...CursorAndMessages
      }
    }
  }
`);

const BY_MUTATION = graphql(`
  mutation CursorByMutation($id: ID!, $summary: String!) {
    updateConversation(input: { id: $id, summary: $summary }) {
      __typename
      ... on UpdateConversationPayload {
        conversation {
          ...CursorAndMessages
        }
      }
    }
  }
`);

const BY_EVENT = graphql(`
  subscription CursorByEvent($id: ID!) {
    conversationEvents(conversationId: $id, deltas: false) {
      node {
        __typename
        ... on RunStarted {
          run {
            conversation {
              ...CursorAndMessages
            }
          }
        }
        ... on ConversationUpdated {
          conversation {
            ...CursorAndMessages
          }
        }
      }
    }
  }
`);

const SENDS = 12;

/** Talks while `read` reads; then what each read saw, and what a subscriber gets from its cursor on, is everything. */
async function missesNothing(
  read: (server: TestServer, id: string, isDone: () => boolean) => Promise<CursorAndMessagesFragment[]>,
) {
  await using server = await startTestServer();
  const id = await newConversation(server);
  let isDone = false;
  const reading = read(server, id, () => isDone);
  for (let count = 0; count < SENDS; count++) await send(server, { conversationId: id, text: `${count}`, wait: true });
  isDone = true;
  // The reader of events is waiting for one.
  await send(server, { conversationId: id, text: 'last', wait: true });
  const reads = await reading;
  expect(reads.length).toBeGreaterThan(3);
  const { messages } = await history(server, id);
  const all = messages.nodes.map((message) => message.id);
  for (const { eventCursor, messages: seen } of reads) {
    const last = await send(server, { conversationId: id, text: 'end', wait: true });
    const edges = await eventsUntil(
      server,
      { conversationId: id, after: eventCursor },
      (edge) => isEnd(edge) && edge.runId === last.id,
    );
    const added = edges.flatMap(({ node }) => (node.__typename === 'MessageAdded' ? [node.message.id] : []));
    expect(new Set([...seen.nodes.map((message) => message.id), ...added])).toEqual(
      new Set([...all, ...(await history(server, id)).messages.nodes.map((message) => message.id)]),
    );
  }
}

const untilDone = (once: (server: TestServer, id: string) => Promise<CursorAndMessagesFragment>) => {
  return async (server: TestServer, id: string, isDone: () => boolean) => {
    const reads: CursorAndMessagesFragment[] = [];
    while (!isDone()) reads.push(await once(server, id));
    return reads.filter((_, index) => index % Math.ceil(reads.length / 20) === 0);
  };
};

test('read by its id, a conversation and the events from its cursor on miss nothing', () =>
  missesNothing(untilDone(async (server, id) => (await server.execute(BY_ID, { id })).conversation!)));

test('read as a node, a conversation and the events from its cursor on miss nothing', () =>
  missesNothing(
    untilDone(async (server, id) => {
      const { node } = await server.execute(BY_NODE, { id });
      return only(node!, 'Conversation');
    }),
  ));

test('read in the payload of a mutation, a conversation and the events from its cursor on miss nothing', () =>
  missesNothing(
    untilDone(async (server, id) => {
      const { updateConversation } = await server.execute(BY_MUTATION, { id, summary: 'x' });
      return only(updateConversation, 'UpdateConversationPayload').conversation;
    }),
  ));

test('read in an event, a conversation and the events from its cursor on miss nothing', () =>
  missesNothing(async (server, id, isDone) => {
    const reads: CursorAndMessagesFragment[] = [];
    for await (const { conversationEvents } of server.subscribe(BY_EVENT, { id })) {
      const { node } = conversationEvents;
      if (node.__typename === 'RunStarted') reads.push(node.run.conversation);
      if (isDone() && node.__typename === 'RunFinished') break;
    }
    return reads;
  }));
