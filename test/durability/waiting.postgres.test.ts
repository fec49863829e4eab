import { expect, test } from 'vitest';
import { createFleet } from '../harness/fleet.ts';
import { probeQuiet } from '../harness/probe.ts';
import { expectNextSend } from './next-send.ts';
import { decideAll, effectsFile, leaveWaiting, TOOL_SERVER } from './waiting.ts';

test('a run that waits for decisions outlives every server, and each of its calls takes effect once', async () => {
  using effects = effectsFile();
  await using fleet = await createFleet();
  const EFFECTS = effects.path;
  const first = await fleet.start({ EFFECTS }, TOOL_SERVER);
  const { conversationId, runId } = await leaveWaiting(fleet.model, first);
  expect(await fleet.expireLeases(runId)).toBe(0);
  await first.kill();
  const [one, other] = await Promise.all([
    fleet.start({ EFFECTS }, TOOL_SERVER),
    fleet.start({ EFFECTS }, TOOL_SERVER),
  ]);
  await decideAll(fleet.model, one, other, runId);
  expect(effects.lines()).toEqual(['charge {"amount":2}', 'guarded {"amount":0}']);
  await expectNextSend(fleet.model, one.client, conversationId);
  expect(await probeQuiet(fleet.database.db)).toEqual([]);
});
