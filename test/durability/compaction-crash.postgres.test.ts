import { expect, test } from 'vitest';
import { captureExchanges } from '../harness/capture.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import type { NodeProcess } from '../harness/node-process.ts';
import { probeQuiet } from '../harness/probe.ts';
import { isEnd, newConversation } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { begin, expectFinished, pointsOfWorker, refuseOldContext, type Point } from './dying-compaction.ts';
import { takeAway } from './mid-answer.ts';
import { expectContext } from './old-or-new.ts';
import { rounds, timeout } from './rounds.ts';

test(
  'a worker that dies beside any commit of a compaction leaves the old context or the new one, and another finishes it',
  { timeout: timeout(240) },
  async () => {
    await using fleet = await createFleet();
    const [api, spare] = await Promise.all([fleet.start({ ROLE: 'api' }), fleet.start({ ROLE: 'worker' })]);
    refuseOldContext(fleet.model);
    for (let round = 1; round <= rounds(1); round++)
      for (const point of pointsOfWorker) await dieAt(fleet, api, spare, point);
    expect(await probeQuiet(fleet.database.db)).toEqual([]);
  },
);

async function dieAt(fleet: Fleet, api: NodeProcess, spare: NodeProcess, point: Point) {
  const { model, database } = fleet;
  const conversationId = await newConversation(api.client);
  await captureExchanges(api.client, conversationId, 4);
  await using watcher = await watch(api.url, conversationId);
  spare.stop();
  const doomed = await fleet.start({ ROLE: 'worker', FAILPOINT: point.at });
  const before = model.requests.length;
  const runId = await begin(point, api.client, conversationId);
  expect(await doomed.exited, point.at).toEqual({ code: null, signal: 'SIGKILL' });
  await expectContext(database, conversationId, point.context);
  spare.resume();
  if (point.attempts > 1) await takeAway(database, runId);
  await watcher.sees(isEnd);
  await expectContext(database, conversationId, 'new');
  await expectFinished(point, { model, client: api.client }, { conversationId, runId, before });
  expect(await probeQuiet(database.db, [watcher.transcript]), point.at).toEqual([]);
}
