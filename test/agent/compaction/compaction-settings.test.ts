import { expect, test } from 'vitest';
import type { CompactionMode } from '../../../src/compaction-stats.ts';
import { defaultPrompt, mergeCompaction, resolveCompaction } from '../../../src/agent/compaction/settings.ts';

const MODES: CompactionMode[] = ['ALL', 'SLIDING_WINDOW', 'SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW'];

test('without any choice the older messages leave, 30 % of them at least, for a summary of at most 50,000 characters', () => {
  const defaults = {
    mode: 'SLIDING_WINDOW',
    model: null,
    modelSettings: null,
    prompt: defaultPrompt('SLIDING_WINDOW'),
    clipChars: 50_000,
    slidingWindowPercentage: 0.3,
    promptAcknowledgement: false,
  };
  expect(resolveCompaction({})).toEqual(defaults);
  const cleared = { mode: null, prompt: null, slidingWindowPercentage: null, promptAcknowledgement: null };
  expect(resolveCompaction(cleared)).toEqual(defaults);
});

test('a null of clipChars is a choice: no limit', () => {
  expect(resolveCompaction({ clipChars: null }).clipChars).toBeNull();
});

test('each mode has a prompt of its own: 500 words for all, 300 for the older part, and the agent is told that the user did not say it', () => {
  expect(new Set(MODES.map(defaultPrompt)).size).toBe(4);
  for (const mode of MODES) {
    expect(defaultPrompt(mode)).toContain(mode.endsWith('ALL') ? '500 words' : '300 words');
    expect(defaultPrompt(mode).startsWith('This is not a message from the user.')).toBe(mode.startsWith('SELF'));
  }
});

test('a merge takes the fields that are present, and keeps the others', () => {
  const base = { mode: 'ALL', prompt: 'Be brief.', clipChars: 100, model: 'openai/small' } as const;
  expect(mergeCompaction(base, { clipChars: null, model: undefined })).toEqual({ ...base, clipChars: null });
  expect(mergeCompaction(base, { mode: 'ALL' })).toEqual(base);
  expect(mergeCompaction(base, {})).toEqual(base);
});

test('another mode without a prompt takes its default prompt; one with a prompt takes that', () => {
  const base = { mode: 'ALL', prompt: 'Be brief.', clipChars: 100 } as const;
  const other = resolveCompaction(mergeCompaction(base, { mode: 'SELF_COMPACT_ALL' }));
  expect(other).toMatchObject({ prompt: defaultPrompt('SELF_COMPACT_ALL'), clipChars: 100 });
  expect(mergeCompaction(base, { mode: 'SLIDING_WINDOW', prompt: 'Be long.' }).prompt).toBe('Be long.');
  // The default mode is another one too, and the same one where nobody chose any.
  expect(resolveCompaction(mergeCompaction(base, { mode: null })).prompt).toBe(defaultPrompt('SLIDING_WINDOW'));
  expect(mergeCompaction({ prompt: 'Be brief.' }, { mode: 'SLIDING_WINDOW' }).prompt).toBe('Be brief.');
});
