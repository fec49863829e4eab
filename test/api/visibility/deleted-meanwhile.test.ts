import { expect, test } from 'vitest';
import { captureExchanges } from '../../harness/capture.ts';
import { tryCompact } from '../../harness/compact.ts';
import { remove } from '../../harness/delete.ts';
import { SEND } from '../../harness/documents.ts';
import { fork } from '../../harness/fork.ts';
import { read } from '../../harness/forks.ts';
import { nodesOf } from '../../harness/schema-walk.ts';
import { startTestServer } from '../../harness/server.ts';
import { mark, openSidebar } from '../../harness/sidebar.ts';
import { newConversation, send } from '../../harness/talk.ts';

test('a send and a compaction that wait for their run find their conversation deleted', async () => {
  await using server = await startTestServer();
  const [sending, compacting] = [await newConversation(server), await newConversation(server)];
  await captureExchanges(server, compacting, 6);
  const next = server.model.nextCall();
  const sent = server.execute(SEND, { input: { conversationId: sending, text: 'Hi', wait: true } });
  await next;
  await remove(server, 'Conversation', sending);
  expect((await sent).sendMessage).toMatchObject({ __typename: 'NotFoundError' });

  const summary = server.model.nextCall();
  const compacted = tryCompact(server, { conversationId: compacting, wait: true });
  await summary;
  await remove(server, 'Conversation', compacting);
  expect(await compacted).toMatchObject({ __typename: 'NotFoundError' });
});

test('a call that came after the fork goes with its conversation, though the fork has the text before it', async () => {
  await using server = await startTestServer();
  const conversationId = await newConversation(server);
  server.model.answers('Let me look.', { toolCall: { name: 'search', arguments: { q: 'x' } } });
  await send(server, { conversationId, text: 'Find x', wait: true });
  const { nodes } = (await read(server, conversationId)).messages;
  const text = nodes.find(({ __typename }) => __typename === 'AssistantMessage')!;
  const [call] = nodes.flatMap((message) => (message.__typename === 'ToolCallMessage' ? message.toolCalls : []));
  const copy = await fork(server, { conversationId, throughMessageId: text.id });
  const step = copy.messages.nodes.at(-1)!.step!;
  expect(await nodesOf(server, [call!.id, step.id])).toHaveLength(2);
  await remove(server, 'Conversation', conversationId);
  expect(await nodesOf(server, [call!.id, step.id])).toEqual([{ __typename: 'Step', id: step.id }]);
});

test('an update of a conversation that was deleted before it is delivered says that it is gone', async () => {
  await using server = await startTestServer();
  const id = await newConversation(server);
  await using first = await openSidebar(server.url);
  await mark(server, first, id, 'changed');
  // The feed is not told: it still takes the change for the newest.
  await server.deps.db.conversation.update({ where: { id }, data: { deletedAt: new Date() } });
  await using second = await openSidebar(server.url);
  await second.loses(id);
  expect(JSON.stringify(second.updates)).not.toContain('changed');
});
