import type { CompactionMode } from '../../compaction-stats.ts';
import type { ModelUsage } from '../../usage.ts';
import { ModelError } from '../model.ts';
import { createAsker, NoSummaryError } from './ask-summary.ts';
import { attempt, type Attempt } from './attempt.ts';
import type { Compacted, CompactionTask } from './task.ts';
import { haveNews, toUnits } from './units.ts';

type CompactionErrorCode = 'NOTHING_TO_COMPACT' | 'COMPACTION_FAILED';

/** Nothing came of it. The message is fit for a user. */
export class CompactionError extends Error {
  override name = 'CompactionError';
  readonly code: CompactionErrorCode;
  /** Of the calls that were made all the same. */
  readonly usage: ModelUsage | null;
  /** How many messages the context would have had, the system prompt among them; null when it did not come so far. */
  readonly messagesAfter: number | null;

  constructor(
    code: CompactionErrorCode,
    message: string,
    options: { usage?: ModelUsage; messagesAfter?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.usage = options.usage ?? null;
    this.messagesAfter = options.messagesAfter ?? null;
  }
}

/** What is tried one after the other. */
const WAYS: Record<CompactionMode, CompactionMode[]> = {
  ALL: ['ALL'],
  SLIDING_WINDOW: ['SLIDING_WINDOW', 'ALL'],
  SELF_COMPACT_ALL: ['SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW', 'ALL'],
  SELF_COMPACT_SLIDING_WINDOW: ['SELF_COMPACT_SLIDING_WINDOW', 'ALL'],
};

/** Makes a summary of what may leave the context. Rejects with CompactionError, or with the signal's reason when it aborts. */
export async function compact(task: CompactionTask, signal: AbortSignal): Promise<Compacted> {
  const asker = createAsker(task.maxTries, signal);
  try {
    const units = await toUnits(task, signal);
    if (!haveNews(units.filter(({ isKept }) => !isKept)))
      throw new CompactionError('NOTHING_TO_COMPACT', 'There is nothing in the context that could leave it.');
    return await attemptEach({ task, units, asker, signal });
  } catch (error) {
    // A wait that was aborted throws an error of its own.
    signal.throwIfAborted();
    throw error;
  }
}

async function attemptEach(given: Attempt): Promise<Compacted> {
  let failure: ModelError | NoSummaryError | undefined;
  for (const mode of WAYS[given.task.settings.mode]) {
    try {
      return await attempt(mode, given);
    } catch (error) {
      if (given.signal.aborted || !(error instanceof ModelError || error instanceof NoSummaryError)) throw error;
      failure = error;
    }
  }
  throw new CompactionError('COMPACTION_FAILED', `The context could not be compacted. ${failure?.message}`, {
    usage: given.asker.usage(),
    messagesAfter: failure instanceof NoSummaryError ? failure.messagesAfter : null,
    cause: failure,
  });
}
