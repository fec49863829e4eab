import type { CompactionTarget } from './compaction-target.ts';
import type { Case } from './rounds.ts';

/** One way to compact, and what was seen of it. */
export interface CompactionCase extends Case {
  title: string;
  delayMs: number;
  seen: { calls: number; left: number; statements: number };
}

const ways = [
  { title: 'SLIDING_WINDOW, estimated', model: 'estimated', settings: '{ mode: SLIDING_WINDOW }' },
  { title: 'SLIDING_WINDOW, by tokenizer', model: 'counted', settings: '{ mode: SLIDING_WINDOW }' },
  { title: 'ALL, estimated', model: 'estimated', settings: '{ mode: ALL }' },
  { title: 'ALL, estimated, in parts', model: 'estimated', settings: '{ mode: ALL, model: "local/small" }' },
  { title: 'SELF_COMPACT_ALL, estimated', model: 'estimated', settings: '{ mode: SELF_COMPACT_ALL }' },
] as const;

export function compactionCases(target: CompactionTarget): CompactionCase[] {
  return ways.flatMap(({ title, model, settings }) =>
    [0, 1000].map((delayMs) => caseOf(title, model, settings, delayMs)),
  );

  function caseOf(title: string, model: (typeof ways)[number]['model'], settings: string, delayMs: number) {
    const seen = { calls: 0, left: 0, statements: Infinity };
    let summaryId: string | undefined;
    return {
      title,
      delayMs,
      seen,
      async run() {
        target.answerAfter(delayMs);
        const done = await target.compact(model, settings);
        summaryId = done.summaryId;
        seen.calls = done.calls;
        seen.left = done.left;
        // A sweep or a renewal may have come in between: the fewest are its own.
        seen.statements = Math.min(seen.statements, done.statements);
      },
      after: async () => target.undo(summaryId ?? ''),
    };
  }
}
