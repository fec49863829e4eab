import { expect } from 'vitest';
import { compact, CompactionError } from '../../../src/agent/compaction/compact.ts';
import type { CompactionTask } from '../../../src/agent/compaction/task.ts';
import { assistant, user } from './compaction-task.ts';

export const run = (task: CompactionTask) => compact(task, new AbortController().signal);

export const failureOf = (task: CompactionTask): Promise<CompactionError> =>
  run(task).then(
    () => expect.fail('It was compacted.'),
    (error: unknown) => error as CompactionError,
  );

export const talk = (turns: number) =>
  Array.from({ length: turns }, (_, turn) => [user(`u${turn}`), assistant(`a${turn}`)]).flat();

export const ids = (messages: { id: string }[]) => messages.map(({ id }) => id);
