import { expect, test } from 'vitest';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import type { NodeProcess } from '../harness/node-process.ts';
import { probeQuiet } from '../harness/probe.ts';
import { isEnd } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { expectNextSend } from './next-send.ts';
import { LEASE_MS, rounds, shortLease, timeout } from './rounds.ts';
import { cursorOf } from './stress-actors.ts';
import { answerAll, expectFinished, leaveUnfinished } from './unfinished.ts';

/** A lease and a poll, with some time for a busy machine to start two nodes. */
const STUCK_MS = LEASE_MS + 1000 + 4000;

test(
  'a whole cluster that is killed and started again resumes what ran, starts what waited, and leaves nothing stuck',
  {
    timeout: timeout(60),
  },
  async () => {
    await using fleet = await createFleet();
    for (let round = 1; round <= rounds(1); round++) await restart(fleet);
  },
);

async function restart(fleet: Fleet) {
  const before = await startNodes(fleet);
  const talks = await leaveUnfinished(fleet.model, before[1].client);
  const killed = performance.now();
  await Promise.all(before.map((node) => node.kill()));
  const after = await startNodes(fleet);
  await answerAll(fleet.model);
  expect(performance.now() - killed).toBeLessThan(STUCK_MS);

  await using watchers = new AsyncDisposableStack();
  const transcripts = [];
  for (const [index, talk] of talks.entries()) {
    const { conversationId, runs } = talk;
    const watcher = watchers.use(await watch(after[index % 2]!.url, conversationId, cursorOf(conversationId, 0)));
    for (const { id } of runs) await watcher.sees((edge) => isEnd(edge) && edge.runId === id);
    transcripts.push(watcher.transcript);
    await expectFinished(after[0].client, talk);
    await expectNextSend(fleet.model, after[1].client, conversationId);
  }
  expect(await probeQuiet(fleet.database.db, transcripts)).toEqual([]);
  await Promise.all(after.map((node) => node.terminate()));
}

function startNodes(fleet: Fleet): Promise<[NodeProcess, NodeProcess]> {
  return Promise.all([fleet.start(shortLease), fleet.start(shortLease)]);
}
