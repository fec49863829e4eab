import { expect, test } from 'vitest';
import { SEND } from '../../harness/documents.ts';
import { remove } from '../../harness/delete.ts';
import { newAgent } from '../../harness/conversation-updates.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { newConversation, send } from '../../harness/talk.ts';

const input = { text: 'Hi', idempotencyKey: 'key', wait: true };

const markAsDeleted = ({ deps: { db } }: TestServer, id: string) =>
  db.agent.update({ where: { id }, data: { deletedAt: new Date() } });

test.each([
  { owner: 'conversation', act: remove },
  {
    owner: 'agent',
    act: (server: TestServer, _noun: string, _id: string, agentId: string) => remove(server, 'Agent', agentId),
  },
  {
    owner: 'agent whose conversations are still to be closed',
    act: (server: TestServer, _noun: string, _id: string, agentId: string) => markAsDeleted(server, agentId),
  },
])('the idempotency key of a deleted $owner is free again', async ({ act }) => {
  await using server = await startTestServer();
  const [idle, other] = [await newConversation(server), await newConversation(server)];
  const { id: agentId } = await newAgent(server);
  const deleted = await newConversation(server, agentId);
  const before = await send(server, { conversationId: deleted, ...input });
  await act(server, 'Conversation', deleted, agentId);

  const run = await send(server, { conversationId: idle, ...input });
  expect(run).toMatchObject({ status: 'COMPLETED' });
  expect(run.id).not.toBe(before.id);
  expect((await send(server, { conversationId: idle, ...input })).id).toBe(run.id);
  const { sendMessage } = await server.execute(SEND, { input: { conversationId: other, ...input } });
  expect(only(sendMessage, 'IdempotencyConflictError').run.id).toBe(run.id);
});

test('a freed key can be taken while the conversation is busy', async () => {
  await using server = await startTestServer();
  const [deleted, busy] = [await newConversation(server), await newConversation(server)];
  await send(server, { conversationId: deleted, ...input });
  await remove(server, 'Conversation', deleted);
  const call = server.model.nextCall();
  await send(server, { conversationId: busy, text: 'First' });
  const queued = await send(server, { conversationId: busy, ...input, onBusy: 'ENQUEUE', wait: false });
  (await call).stops();
  expect((await send(server, { conversationId: busy, ...input })).id).toBe(queued.id);
});

test('of several sends that take a freed key at once, one runs and the others conflict with it', async () => {
  await using server = await startTestServer();
  for (let round = 0; round < 5; round++) {
    const deleted = await newConversation(server);
    const conversations = [];
    for (let count = 0; count < 6; count++) conversations.push(await newConversation(server));
    const keyed = { ...input, idempotencyKey: `key ${round}` };
    await send(server, { conversationId: deleted, ...keyed });
    await remove(server, 'Conversation', deleted);
    const answers = await Promise.all(
      conversations.map((conversationId) => server.execute(SEND, { input: { conversationId, ...keyed } })),
    );
    const results = answers.map(({ sendMessage }) => sendMessage);
    const [winner, ...others] = results.filter(({ __typename }) => __typename === 'SendMessagePayload');
    expect(others).toEqual([]);
    const { id } = only(winner!, 'SendMessagePayload').run;
    const conflicts = results.filter((one) => one !== winner);
    expect(conflicts.map((one) => only(one, 'IdempotencyConflictError').run.id)).toEqual(conflicts.map(() => id));
  }
});
