import { expect, test } from 'vitest';
import { FIRST_AGENT } from '../../harness/documents.ts';
import { startTestServer } from '../../harness/server.ts';
import { eventually } from '../../harness/sidebar.ts';
import { firstConversation, history, newConversation, send } from '../../harness/talk.ts';
import eventsSubscription, {
  type ConversationEventsSubscription,
} from '../../relay/__generated__/ConversationEventsSubscription.graphql.ts';
import itemFragment, {
  type ConversationItem_conversation$key,
} from '../../relay/__generated__/ConversationItem_conversation.graphql.ts';
import updatesSubscription, {
  type ConversationListSubscription,
} from '../../relay/__generated__/ConversationListSubscription.graphql.ts';
import createMutation, {
  type CreateConversationMutation,
} from '../../relay/__generated__/CreateConversationMutation.graphql.ts';
import deleteMutation, {
  type DeleteConversationMutation,
} from '../../relay/__generated__/DeleteConversationMutation.graphql.ts';
import updateMutation, {
  type UpdateConversationMutation,
} from '../../relay/__generated__/UpdateConversationMutation.graphql.ts';
import { createEnvironment } from '../../relay/environment.ts';
import { readFragment } from '../../relay/fragment.ts';
import { commit, listen } from '../../relay/operations.ts';
import { idsOf, openConversationList, openHistory } from '../../relay/screens.ts';

test('a conversation that this client creates or deletes enters or leaves the list in Relay’s store', async () => {
  await using server = await startTestServer();
  const { agents } = await server.execute(FIRST_AGENT, {});
  const environment = createEnvironment(server);
  const list = await openConversationList(environment, { count: 10 });
  const before = idsOf(list.read());
  const connections = [list.read().connectionId];

  const { createConversation } = await commit<CreateConversationMutation>(environment, createMutation, {
    connections,
    input: { agentId: agents.nodes[0]?.id ?? '' },
  });
  if (createConversation.__typename !== 'CreateConversationPayload') return expect.fail(createConversation.__typename);
  const { id } = createConversation.conversation;
  expect(idsOf(list.read())).toEqual([id, ...before]);

  await commit<DeleteConversationMutation>(environment, deleteMutation, { connections, input: { id } });
  expect(idsOf(list.read())).toEqual(before);
});

test('conversationUpdates changes and removes in Relay’s store what others change and delete', async () => {
  await using server = await startTestServer();
  const [kept, deleted] = [await firstConversation(server), await newConversation(server)];
  const [environment, other] = [createEnvironment(server), createEnvironment(server)];
  const list = await openConversationList(environment, { count: 10 });
  const item = () => {
    const { node } = list.read().edges.find((edge) => edge.node.id === kept) ?? expect.fail('it left the list');
    return readFragment<ConversationItem_conversation$key>(environment, itemFragment, node);
  };
  const connections = [list.read().connectionId];
  using stack = new DisposableStack();
  stack.use(listen<ConversationListSubscription>(environment, updatesSubscription, { connections }));
  // Nothing is replayed: whether it is connected yet, only a change tells.
  await eventually(async () => {
    const input = { id: kept, summary: 'Renamed' };
    await commit<UpdateConversationMutation>(other, updateMutation, { input });
    expect(item().summary).toBe('Renamed');
  });
  await send(server, { conversationId: kept, text: 'Hi' });
  await eventually(() =>
    expect(item()).toMatchObject({
      status: 'IDLE',
      lastRun: { status: 'COMPLETED' },
      lastMessage: { __typename: 'AssistantMessage', text: 'ok' },
    }),
  );
  await commit<DeleteConversationMutation>(other, deleteMutation, { connections: [], input: { id: deleted } });
  await eventually(() => expect(idsOf(list.read())).toEqual([kept]));
});

test('conversationEvents adds each message to the history in Relay’s store once, also when it is replayed', async () => {
  await using server = await startTestServer();
  const conversationId = await firstConversation(server);
  const environment = createEnvironment(server);
  const { eventCursor } = await openHistory(environment, { conversationId, count: 10 });
  await send(server, { conversationId, text: 'One', wait: true });
  const messages = await openHistory(environment, { conversationId, count: 10 });
  expect(messages.read().edges).toHaveLength(3);
  const variables = { conversationId, after: eventCursor, connections: [messages.read().connectionId] };
  using stack = new DisposableStack();
  stack.use(listen<ConversationEventsSubscription>(environment, eventsSubscription, variables));
  await send(server, { conversationId, text: 'Two', wait: true });
  const expected = (await history(server, conversationId)).messages.nodes.map(({ id }) => id);
  await eventually(() => expect(idsOf(messages.read())).toEqual(expected));
});
