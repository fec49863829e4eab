import { expect, test } from 'vitest';
import { applyEvent, emptyView, type View } from '../client-types/apply-event.ts';
import { describeMessage } from '../client-types/describe-message.ts';
import { graphql } from '../graphql/index.ts';
import { startTestServer } from '../harness/server.ts';
import { newConversation, send } from '../harness/talk.ts';

const TRANSCRIPT = graphql(`
  query Transcript($id: ID!) {
    conversation(id: $id) {
      eventCursor
      messages {
        nodes {
          ...DescribedMessage
        }
      }
    }
  }
`);

const VIEW_EVENTS = graphql(`
  subscription ViewEvents($conversationId: ID!, $after: String) {
    conversationEvents(conversationId: $conversationId, after: $after) {
      node {
        ...AppliedEvent
      }
    }
  }
`);

const NAME_CONVERSATION = graphql(`
  mutation NameConversation($id: ID!, $summary: String) {
    updateConversation(input: { id: $id, summary: $summary }) {
      __typename
    }
  }
`);

const DISCARD_CONVERSATION = graphql(`
  mutation DiscardConversation($id: ID!) {
    deleteConversation(input: { id: $id }) {
      __typename
    }
  }
`);

test('client-preset types every event and message so that a frontend can follow a conversation to its end', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  const before = await server.execute(TRANSCRIPT, { id });
  server.model.answers({ reasoning: 'Hm.' }, 'Let me look.', { toolCall: { name: 'search', arguments: { q: 'x' } } });
  server.model.answers('Not found.');
  await server.execute(NAME_CONVERSATION, { id, summary: 'A search' });
  const run = await send(server, { conversationId: id, text: 'Find x' });

  const views: View[] = [emptyView];
  const events: Parameters<typeof applyEvent>[1][] = [];
  let transcript: string[] = [];
  const variables = { conversationId: id, after: before.conversation?.eventCursor };
  for await (const { conversationEvents } of server.subscribe(VIEW_EVENTS, variables)) {
    const view = applyEvent(views.at(-1)!, conversationEvents.node);
    views.push(view);
    events.push(conversationEvents.node);
    if (conversationEvents.node.__typename !== 'RunFinished') continue;
    const { conversation } = await server.execute(TRANSCRIPT, { id });
    transcript = conversation?.messages.nodes.map(describeMessage) ?? [];
    await server.execute(DISCARD_CONVERSATION, { id });
  }

  expect(transcript).toEqual([
    expect.stringMatching(/^system: /),
    'user: Find x',
    'thinks: Hm.',
    'assistant: Let me look.',
    'calls search({"q":"x"})',
    expect.stringMatching(/^search FAILED: .*no tool/),
    'assistant: Not found.',
  ]);
  const { messages, toolCalls, ...last } = views.at(-1)!;
  expect(Object.values(messages)).toEqual(transcript.slice(1));
  expect(Object.values(toolCalls)).toEqual(['FAILED']);
  expect(last).toEqual({
    summary: 'A search',
    isDeleted: true,
    isContextStale: false,
    runs: { [run.id]: 'COMPLETED END_TURN' },
    drafts: {},
    callDrafts: {},
  });
  expect(views.flatMap(({ drafts }) => Object.values(drafts))).toEqual(
    expect.arrayContaining(['Hm.', 'Let me look.', 'Not found.']),
  );
  // A client that resumes from its first cursor gets them all again.
  const repeated = events.map((_, index) => [...events.slice(0, index), ...events].reduce(applyEvent, emptyView));
  for (const view of repeated) expect(view).toEqual(views.at(-1));
  const calls = views.flatMap(({ callDrafts }) => Object.values(callDrafts));
  expect(calls).toContainEqual(expect.objectContaining({ name: 'search', text: '{"q":"x"}' }));
});

test('a type that came after the client changes nothing that it shows', () => {
  expect(applyEvent(emptyView, { __typename: 'Later' } as never)).toBe(emptyView);
  expect(describeMessage({ __typename: 'LaterMessage' } as never)).toBe('');
});
