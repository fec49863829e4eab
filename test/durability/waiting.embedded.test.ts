import { expect, test } from 'vitest';
import { probeQuiet } from '../harness/probe.ts';
import { startHome } from './home.ts';
import { expectNextSend } from './next-send.ts';
import { decideAll, effectsFile, leaveWaiting, TOOL_SERVER } from './waiting.ts';

test(
  'a run that waits for decisions outlives the embedded server, and each of its calls takes effect once',
  { timeout: 90_000 },
  async () => {
    using effects = effectsFile();
    await using home = await startHome();
    const EFFECTS = effects.path;
    await using first = await home.start({ EFFECTS }, TOOL_SERVER);
    const { conversationId, runId } = await leaveWaiting(home.model, first);
    await first.kill();
    await using second = await home.start({ EFFECTS }, TOOL_SERVER);
    await decideAll(home.model, second, second, runId);
    expect(effects.lines()).toEqual(['charge {"amount":2}', 'guarded {"amount":0}']);
    await expectNextSend(home.model, second.client, conversationId);
    await second.terminate();
    expect(await home.look(({ db }) => probeQuiet(db))).toEqual([]);
  },
);
