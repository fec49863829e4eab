import { expect, test } from 'vitest';
import { compact } from '../../../src/agent/compaction/compact.ts';
import type { CompactionMode } from '../../../src/compaction-stats.ts';
import { readConfig } from '../../../src/config.ts';
import { startOfflineProvider } from '../../../src/llm/offline/offline.ts';
import { assistant, createTask, toolStep, user } from '../../agent/compaction/compaction-task.ts';

test.for<CompactionMode>(['ALL', 'SLIDING_WINDOW', 'SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW'])(
  'the offline model can compact in the mode %s',
  async (mode) => {
    await using offline = await startOfflineProvider(readConfig({}).modelLimits);
    const tools = [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
    const context = [
      user('u1', 'My name is Ada. Please use the look tool.'),
      ...toolStep('s1'),
      ...Array.from({ length: 6 }, (_, turn) => [user(`v${turn}`), assistant(`w${turn}`)]).flat(),
      user('u2', 'Use the look tool again!'),
      ...toolStep('s2'),
    ];
    const models = { agent: offline.model, summariser: offline.model };
    const task = await createTask({ settings: { mode }, context, tools, contextWindow: 10_000, ...models });
    const { summary, modeUsed, usage } = await compact(task, new AbortController().signal);
    expect(modeUsed).toBe(mode);
    expect(summary).toMatch(/^Summary of[^]*Ada/);
    expect(usage.promptTokens).toBeGreaterThan(0);
  },
);
