import { expect, test } from 'vitest';
import { compact, CompactionError } from '../../../src/agent/compaction/compact.ts';
import { createTask, modelError, scriptModel } from './compaction-task.ts';
import { run, failureOf, talk } from './talk.ts';

test('when every mode fails the error says why, and what was used', async () => {
  const usage = {
    promptTokens: 10,
    completionTokens: 1,
    totalTokens: 11,
    cachedInputTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
  };
  const agent = scriptModel(() => ({ text: '', usage: { ...usage, cachedInputTokens: 4 } }));
  const broken = modelError('LLM_AUTHENTICATION', 'fox refused the call (401).');
  broken.usage = usage;
  const summariser = scriptModel(() => broken);
  const settings = { mode: 'SELF_COMPACT_SLIDING_WINDOW' as const };
  const error = await failureOf(await createTask({ settings, agent, summariser, context: talk(10) }));
  expect(error).toBeInstanceOf(CompactionError);
  expect(error).toMatchObject({
    code: 'COMPACTION_FAILED',
    message: 'The context could not be compacted. fox refused the call (401).',
    usage: {
      promptTokens: 20,
      completionTokens: 2,
      totalTokens: 22,
      cachedInputTokens: 4,
      cacheWriteTokens: null,
      reasoningTokens: null,
    },
  });
});

test('a failure that may pass is tried again, in the same mode', async () => {
  const summariser = scriptModel((_request, index) =>
    index === 0 ? modelError('LLM_UNAVAILABLE') : { text: 'Short.' },
  );
  const result = await run(await createTask({ summariser, context: talk(10), maxTries: 2 }));
  expect(result).toMatchObject({ summary: 'Short.', modeUsed: 'SLIDING_WINDOW' });
});

test('an abort ends it with its reason, in a call and while it waits for the next try, and no other mode is tried', async () => {
  const abort = new AbortController();
  const summariser = scriptModel(() => {
    abort.abort('enough');
    return { text: 'Short.' };
  });
  await expect(compact(await createTask({ summariser, context: talk(10) }), abort.signal)).rejects.toBe('enough');
  expect(summariser.requests).toHaveLength(1);

  const later = new AbortController();
  const down = scriptModel(() => {
    setTimeout(() => later.abort('enough'), 10);
    return Object.assign(modelError('LLM_UNAVAILABLE'), { retryAfterMs: 60_000 });
  });
  await expect(
    compact(await createTask({ summariser: down, context: talk(10), maxTries: 2 }), later.signal),
  ).rejects.toBe('enough');
  expect(down.requests).toHaveLength(1);
});

test('what is no failure of a model is not taken for one', async () => {
  const bug = new TypeError('x is not a function');
  const summariser = scriptModel(() => bug);
  await expect(run(await createTask({ summariser, context: talk(10) }))).rejects.toBe(bug);
});

test('a summary that makes nothing smaller is a failure, which says how large it was', async () => {
  const summariser = scriptModel(() => ({ text: 'x'.repeat(4_000) }));
  expect(await failureOf(await createTask({ settings: { mode: 'ALL' }, summariser, context: talk(2) }))).toMatchObject({
    code: 'COMPACTION_FAILED',
    message: expect.stringMatching(/5 messages \(228 tokens\) would become 2 \(10\d\d tokens\)\.$/),
  });
});
