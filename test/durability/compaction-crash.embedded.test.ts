import { expect, test } from 'vitest';
import { captureExchanges } from '../harness/capture.ts';
import { probeQuiet } from '../harness/probe.ts';
import { newConversation, runEvents } from '../harness/talk.ts';
import { begin, expectFinished, points, refuseOldContext, type Point } from './dying-compaction.ts';
import { startHome, type Home } from './home.ts';
import { expectContext } from './old-or-new.ts';
import { rounds, timeout } from './rounds.ts';

/** Two starts each take their time: beside the commit that counts always, beside the others in `npm run test:faults`. */
const tried = rounds(1) > 1 ? points : points.filter(({ at }) => at.endsWith('CompactionFinished'));

test(
  'an embedded server that dies beside any commit of a compaction has the old context or the new one, and finishes it',
  { timeout: timeout(240) },
  async () => {
    await using home = await startHome();
    refuseOldContext(home.model);
    const hit: string[] = [];
    for (let round = 1; round <= rounds(1); round++) for (const point of tried) hit.push(await dieAt(home, point));
    await home.look(async (database) => {
      for (const conversationId of hit) await expectContext(database, conversationId, 'new');
      expect(await probeQuiet(database.db)).toEqual([]);
    });
  },
);

/** Returns the conversation that was hit. */
async function dieAt(home: Home, point: Point): Promise<string> {
  const { model } = home;
  await using doomed = await home.start({ FAILPOINT: point.at });
  const conversationId = await newConversation(doomed.client);
  await captureExchanges(doomed.client, conversationId, 4);
  const before = model.requests.length;
  await begin(point, doomed.client, conversationId).catch(() => undefined); // it may die before it can answer
  expect(await doomed.exited).toEqual({ code: null, signal: 'SIGKILL' });
  const runId = await home.look(async (database) => {
    await expectContext(database, conversationId, point.context);
    await database.db.run.updateMany({ where: { status: 'RUNNING' }, data: { lease: new Date(0) } });
    return (await database.db.run.findFirstOrThrow({ where: { conversationId } })).id;
  });
  await using second = await home.start();
  await runEvents(second.client, runId);
  await expectFinished(point, { model, client: second.client }, { conversationId, runId, before });
  await second.terminate();
  return conversationId;
}
