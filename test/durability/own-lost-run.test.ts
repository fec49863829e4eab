import { expect, test } from 'vitest';
import { probeQuiet } from '../harness/probe.ts';
import { startOwnServer } from '../harness/server.ts';
import { firstConversation, history, isEnd, readRun, send } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { midAnswer, takeAway } from './mid-answer.ts';
import { expectNextSend } from './next-send.ts';

test('a worker that slept through its lease takes its own run over: the old call is closed, the new one goes on', async () => {
  await using server = await startOwnServer();
  const conversationId = await firstConversation(server);
  await using watcher = await watch(server.url, conversationId);
  server.model.holdCalls();
  const run = await send(server, { conversationId, text: 'Hi' });
  const old = await server.model.nextCall();
  old.says('asleep');
  await watcher.sees(({ node }) => node.__typename === 'AssistantTextDelta');
  // A laptop's monotonic clock stands still while it sleeps, the database's does not.
  await takeAway(server.deps, run.id);
  const call = await server.model.nextCall();
  const claimed = await readLease(server, run.id);
  const asked = performance.now();
  await old.closed;
  expect(performance.now() - asked).toBeLessThan(1000);
  call.says('awake');
  await watcher.sees(({ node }) => node.__typename === 'AssistantTextDelta' && node.delta === 'awake');
  // The next renewal is of both claims, if the old one is still held.
  await expect.poll(() => readLease(server, run.id), { timeout: 12_000 }).toBeGreaterThan(claimed + 1000);
  expect(call.isOver()).toBe(false);
  call.stops();
  await watcher.sees(isEnd);
  expect(await readRun(server, run.id)).toMatchObject({ status: 'COMPLETED', attempt: 2 });
  await expectNextSend(server.model, server, conversationId);
  expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
});

test('a run that takes three workers with it fails as a crash loop, its partial text is kept, and the next one works', async () => {
  await using server = await startOwnServer();
  await using begun = await midAnswer(server.model, { url: server.url, client: server });
  const { conversationId, run, watcher } = begun;
  for (const attempt of [2, 3]) {
    await takeAway(server.deps, run.id);
    (await server.model.nextCall()).says(`attempt ${attempt}`);
    await watcher.sees(({ node }) => node.__typename === 'AssistantTextDelta' && node.delta === `attempt ${attempt}`);
  }
  await takeAway(server.deps, run.id);
  await watcher.sees(isEnd);
  const error = { code: 'CRASH_LOOP' };
  expect(await readRun(server, run.id)).toMatchObject({
    status: 'FAILED',
    stopReason: 'CRASH_LOOP',
    attempt: 4,
    error,
  });
  const { messages } = await history(server, conversationId);
  expect(messages.nodes.at(-1)).toMatchObject({ text: 'attempt 3', isPartial: true });
  await expectNextSend(server.model, server, conversationId);
  expect(await probeQuiet(server, [watcher.transcript])).toEqual([]);
});

async function readLease({ deps }: Awaited<ReturnType<typeof startOwnServer>>, id: string) {
  return (await deps.db.run.findUniqueOrThrow({ where: { id } })).lease?.getTime() ?? 0;
}
