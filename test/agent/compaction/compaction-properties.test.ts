import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compact, CompactionError } from '../../../src/agent/compaction/compact.ts';
import type { Compactable } from '../../../src/agent/compaction/task.ts';
import type { CompactionMode } from '../../../src/compaction-stats.ts';
import type { ModelRequest } from '../../../src/agent/model.ts';
import { assistant, createTask, modelError, scriptModel, summary, toolStep, user } from './compaction-task.ts';

const text = fc.integer({ min: 0, max: 3_000 }).map((length) => 'x'.repeat(length));
const isKept = fc.integer({ min: 0, max: 9 }).map((number) => number === 0);

/** What a loop can have left in a context: whole steps, and messages of their own. */
const piece = fc.oneof(
  fc.tuple(text, isKept).map(([said, kept]) => (id: string) => [user(id, said, kept)]),
  text.map((said) => (id: string) => [assistant(id, said)]),
  fc.tuple(text, isKept).map(
    ([result, kept]) =>
      (id: string) =>
        toolStep(id, result, kept),
  ),
  text.map((said) => (id: string) => [summary(id, said)]),
);

const context = fc
  .array(piece, { maxLength: 40 })
  .map((pieces): Compactable[] => pieces.flatMap((make, index) => make(`m${index}`)));

const given = fc.record({
  context,
  mode: fc.constantFrom<CompactionMode>('ALL', 'SLIDING_WINDOW', 'SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW'),
  slidingWindowPercentage: fc.double({ min: 0, max: 1, noNaN: true }),
  contextWindow: fc.integer({ min: 50, max: 50_000 }),
  summariserWindow: fc.integer({ min: 2_000, max: 50_000 }),
  correction: fc.double({ min: 0.5, max: 2, noNaN: true }),
  summaryLength: fc.integer({ min: 0, max: 2_000 }),
  failures: fc.array(fc.boolean(), { maxLength: 4 }),
});

type Given = typeof given extends fc.Arbitrary<infer Value> ? Value : never;

async function compactGiven({ context, mode, slidingWindowPercentage, contextWindow, correction, ...rest }: Given) {
  let calls = 0;
  const script = () =>
    rest.failures[calls++] ? modelError('LLM_BAD_REQUEST') : { text: 's'.repeat(rest.summaryLength) };
  const agent = scriptModel(script);
  const summariser = scriptModel(script, rest.summariserWindow);
  const settings = { mode, slidingWindowPercentage };
  const task = await createTask({ settings, context, contextWindow, correction, agent, summariser });
  const outcome = await compact(task, new AbortController().signal).catch((error: unknown) => error);
  return { outcome, requests: agent.requests };
}

/** It, or another message of its step, is to be kept. */
const stays = ({ stepId, isKept }: Compactable, context: Compactable[]) =>
  isKept || (stepId !== null && context.some((other) => other.stepId === stepId && other.isKept));

const idsOf = (messages: Compactable[]) => messages.map(({ id }) => id);

test('what leaves is at least one message, in the order of the context, in whole steps, without what is kept, and the context gets smaller; or there is a typed error', async () => {
  let compacted = 0;
  await fc.assert(
    fc.asyncProperty(given, async (value) => {
      const { outcome } = await compactGiven(value);
      if (outcome instanceof CompactionError) {
        const hasNews = value.context.some((message) => !stays(message, value.context) && message.kind !== 'SUMMARY');
        expect(outcome.code).toBe(hasNews ? 'COMPACTION_FAILED' : 'NOTHING_TO_COMPACT');
        return;
      }
      compacted += 1;
      const { evicted, modeUsed, contextTokensBefore, contextTokensAfter } = outcome as Awaited<
        ReturnType<typeof compact>
      >;
      const leaving = value.context.filter(({ id }) => evicted.includes(id));
      expect(evicted).toEqual(idsOf(leaving));
      expect(leaving.some(({ kind }) => kind !== 'SUMMARY')).toBe(true);
      expect(leaving.some((message) => message.isKept)).toBe(false);
      expect(contextTokensAfter).toBeLessThan(contextTokensBefore);
      for (const { id, stepId } of value.context) {
        if (stepId !== null && leaving.some((message) => message.stepId === stepId)) expect(evicted).toContain(id);
      }
      if (modeUsed.endsWith('SLIDING_WINDOW')) expect(evicted.length).toBeLessThan(value.context.length);
      else expect(evicted).toHaveLength(value.context.filter((message) => !stays(message, value.context)).length);
    }),
    { numRuns: 300 },
  );
  expect(compacted).toBeGreaterThan(50);
});

function isUnpaired({ messages }: ModelRequest): boolean {
  const called = messages.flatMap((message) => (message.role === 'assistant' ? message.toolCalls : []));
  const returned = messages.flatMap((message) => (message.role === 'tool' ? [message.toolCallId] : []));
  return called.map(({ id }) => id).join() !== returned.join();
}

test('what a self mode sends has every call with its return', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (value) => {
      const { requests } = await compactGiven(value);
      expect(requests.filter(isUnpaired)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
