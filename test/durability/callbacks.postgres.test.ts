import { expect, test, vi } from 'vitest';
import { startCallbackReceiver, type CallbackReceiver } from '../harness/callback-receiver.ts';
import { CANCEL } from '../harness/documents.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import { only } from '../harness/only.ts';
import { firstConversation, isEnd, newConversation, runEvents, send } from '../harness/talk.ts';
import { midAnswer } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';

const allowed = { CALLBACK_ALLOW_PRIVATE: 'true' };

const toldOf = ({ posts }: CallbackReceiver) => posts.map(({ headers }) => headers['webhook-id']);

async function eventually(check: () => unknown) {
  await vi.waitFor(async () => void (await check()), { timeout: 15_000, interval: 50 });
}

/** Resolves when no callback is left to do. */
function settled({ database: { db } }: Fleet) {
  return eventually(async () => expect(await db.run.count({ where: { callbackDueAt: { not: null } } })).toBe(0));
}

test('two nodes tell of each of many runs once', async () => {
  await using receiver = await startCallbackReceiver();
  await using fleet = await createFleet();
  const nodes = await Promise.all([fleet.start(allowed), fleet.start(allowed)]);
  const runs = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const { client } = nodes[index % 2]!;
      const conversationId = await newConversation(client);
      return send(client, { conversationId, text: 'Hi', callbackUrl: receiver.url });
    }),
  );
  await Promise.all(runs.map(({ id }) => runEvents(nodes[0].client, id)));
  await settled(fleet);
  expect(toldOf(receiver).toSorted()).toEqual(runs.map(({ id }) => id).toSorted());
});

test('what a node that is gone has ended is told by another', async () => {
  await using receiver = await startCallbackReceiver();
  await using fleet = await createFleet();
  const api = await fleet.start({ ...allowed, ROLE: 'api' });
  const conversationId = await firstConversation(api.client);
  const { id } = await send(api.client, { conversationId, text: 'Hi', callbackUrl: receiver.url });
  only((await api.client.execute(CANCEL, { runId: id })).cancelRun, 'CancelRunPayload');
  await api.kill();
  expect(receiver.posts).toEqual([]);
  await fleet.start({ ...allowed, ROLE: 'worker' });
  await settled(fleet);
  expect(receiver.posts.map(({ body }) => JSON.parse(body))).toMatchObject([{ runId: id, status: 'CANCELLED' }]);
  const { client } = await fleet.start({ ...allowed, ROLE: 'api' });
  await expectNextSend(fleet.model, client, conversationId);
});

test('an end that no hint told of is told by another node all the same, soon', async () => {
  await using receiver = await startCallbackReceiver();
  await using fleet = await createFleet();
  const apart = { ...allowed, REDIS_URL: '' };
  const [api] = await Promise.all([fleet.start({ ...apart, ROLE: 'api' }), fleet.start({ ...apart, ROLE: 'worker' })]);
  await using begun = await midAnswer(fleet.model, api);
  const { conversationId, run, call, watcher } = begun;
  const input = { conversationId, text: 'Hi', onBusy: 'ENQUEUE' as const, callbackUrl: receiver.url };
  const { id } = await send(api.client, input);
  only((await api.client.execute(CANCEL, { runId: id })).cancelRun, 'CancelRunPayload');
  await settled(fleet);
  expect(toldOf(receiver)).toEqual([id]);
  call.stops();
  await watcher.sees((edge) => isEnd(edge) && edge.runId === run.id);
  await expectNextSend(fleet.model, api.client, conversationId);
});

test('a node that is killed in the middle of a post leaves it to another, ten seconds later', async () => {
  await using receiver = await startCallbackReceiver();
  await using fleet = await createFleet();
  const { db } = fleet.database;
  const node = await fleet.start(allowed);
  receiver.answers('hang');
  const conversationId = await firstConversation(node.client);
  const { id } = await send(node.client, { conversationId, text: 'Hi', callbackUrl: receiver.url });
  await eventually(() => expect(toldOf(receiver)).toEqual([id]));
  await node.kill();
  const { callbackDueAt, callbackSentAt } = await db.run.findUniqueOrThrow({ where: { id } });
  expect(Number(callbackDueAt) - Number(callbackSentAt)).toBeCloseTo(10_000, -2);
  await db.run.updateMany({ data: { callbackDueAt: new Date(0) } });
  const { client } = await fleet.start(allowed);
  await settled(fleet);
  expect(toldOf(receiver)).toEqual([id, id]);
  expect(await db.run.findUniqueOrThrow({ where: { id } })).toMatchObject({
    status: 'COMPLETED',
    callbackTries: 2,
    callbackStatusCode: 200,
    callbackError: null,
  });
  await expectNextSend(fleet.model, client, conversationId);
});
