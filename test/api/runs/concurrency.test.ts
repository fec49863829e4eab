import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { createAgent } from '../../../src/services/agents/create-agent.ts';
import { sendMessage } from '../../../src/services/sending/send-message.ts';
import { startOwnServer, type TestServer } from '../../harness/server.ts';
import { newConversation, readRun, runEvents, send } from '../../harness/talk.ts';

const textOfCall = ({ request }: { request: { body: { messages: { content: string | null }[] } } }) =>
  request.body.messages.at(-1)?.content;

/** Somebody in an organization of their own, whom the API of a server without authentication cannot let in. */
async function stranger({ deps }: TestServer) {
  const organizationId = newId('Organization');
  await deps.db.organization.create({ data: { id: organizationId, name: 'Other' } });
  const viewer = { id: newId('User'), organizationId, name: null };
  const agent = await createAgent(deps, viewer, { name: 'Other' });
  return { send: (text: string) => sendMessage(deps, viewer, { conversationId: agent.id, text }) };
}

test('a process carries as many runs as it was told to, and takes the next when one ends', async () => {
  await using server = await startOwnServer({ WORKER_CONCURRENCY: '2' });
  server.model.holdCalls();
  const runs = [];
  for (const text of ['1', '2', '3'])
    runs.push(await send(server, { conversationId: await newConversation(server), text }));
  const calls = [await server.model.nextCall(), await server.model.nextCall()];
  expect(calls.map(textOfCall)).toEqual(['1', '2']);
  expect((await readRun(server, runs[2]!.id)).status).toBe('QUEUED');
  calls[0]!.stops();
  const third = await server.model.nextCall();
  expect(textOfCall(third)).toBe('3');
  for (const call of [calls[1]!, third]) call.stops();
  for (const { id } of runs) expect((await runEvents(server, id)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
});

test('organizations take turns: a run does not wait behind all those of another organization', async () => {
  await using server = await startOwnServer({ WORKER_CONCURRENCY: '1' });
  server.model.holdCalls();
  const other = await stranger(server);
  const mine = Array.from({ length: 20 }, (_, index) => `mine ${index}`);
  for (const text of mine) await send(server, { conversationId: await newConversation(server), text });
  await other.send('theirs');
  const order: (string | null | undefined)[] = [];
  while (order.length <= mine.length) {
    const call = await server.model.nextCall();
    order.push(textOfCall(call));
    call.stops();
  }
  // Between equals the lot decides: to lose it twenty times is once in a million.
  expect(order.indexOf('theirs')).toBeLessThan(mine.length);
  expect(order.filter((text) => text !== 'theirs')).toEqual(mine);
});

test('an organization at its limit waits, and keeps nobody else waiting', async () => {
  await using server = await startOwnServer({ ORGANIZATION_CONCURRENCY: '1' });
  server.model.holdCalls();
  const other = await stranger(server);
  const runs = [];
  for (const text of ['1', '2']) runs.push(await send(server, { conversationId: await newConversation(server), text }));
  const first = await server.model.nextCall();
  await other.send('theirs');
  const theirs = await server.model.nextCall();
  expect([first, theirs].map(textOfCall)).toEqual(['1', 'theirs']);
  expect((await readRun(server, runs[1]!.id)).status).toBe('QUEUED');
  first.stops();
  const second = await server.model.nextCall();
  expect(textOfCall(second)).toBe('2');
  for (const call of [second, theirs]) call.stops();
  for (const { id } of runs) expect((await runEvents(server, id)).at(-1)?.node).toMatchObject({ status: 'COMPLETED' });
});

test('a run that lost its worker is taken over, however many wait', async () => {
  await using server = await startOwnServer({ WORKER_CONCURRENCY: '1' });
  const { db } = server.deps;
  server.model.holdCalls();
  const lost = await newConversation(server);
  const first = server.model.nextCall();
  await send(server, { conversationId: await newConversation(server), text: 'first' });
  const call = await first;
  const { id } = await send(server, { conversationId: lost, text: 'lost' });
  for (let count = 0; count < 60; count++)
    await send(server, { conversationId: await newConversation(server), text: 'waits' });
  // As if another process had had it, and died.
  const lease = new Date(0);
  await db.run.update({ where: { id }, data: { status: 'RUNNING', claim: 1, lease, startedAt: lease, readyAt: null } });
  await db.conversationHead.update({ where: { conversationId: lost }, data: { activeClaim: 1 } });
  call.stops();
  // Lost runs are looked for once a second; all that wait would take three.
  const before = [];
  for (let next = await server.model.nextCall(); textOfCall(next) !== 'lost'; next = await server.model.nextCall()) {
    before.push(textOfCall(next));
    await sleep(50);
    next.stops();
  }
  expect(before.length).toBeLessThan(50);
  expect((await readRun(server, id)).attempt).toBe(2);
  await server.request(`mutation { cancelRun(input: { runId: "${id}" }) { __typename } }`, {});
  for (let left = 60 - before.length; left > 0; left--) (await server.model.nextCall()).stops();
});
