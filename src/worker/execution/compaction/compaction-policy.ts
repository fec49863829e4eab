import { CompactionError } from '../../../agent/compaction/compact.ts';
import { ModelError, type Model } from '../../../agent/model.ts';
import { createTokenCounter } from '../../../agent/tokens.ts';
import { retryWhileUnavailable } from '../../../store/unavailable.ts';
import { compactContext } from './compact-context.ts';
import type { Deps } from '../../../services/deps.ts';
import { readRun, type ClaimedRun, type PreparedRun } from '../read-run.ts';

/** As in the reference system: the share of the window that a context may take. */
const FULL = 0.9;

/** After a failed compaction the next one waits until the context has grown by this share of the window: then more messages may leave. */
const MORE = 0.1;

/** As in the reference system: for one model call. */
const MAX_REJECTIONS = 3;

/** Decides when the context of one run is compacted, for as long as this worker holds the run. */
export interface CompactionPolicy {
  /** How many tokens a call may take before the context is compacted. After a failed compaction the provider decides what is too long. */
  limit(contextWindow: number): number;
  /** Compacts a context of `tokens`, which exceed the limit. A failure is remembered, not thrown. */
  beforeCall(model: Model, tokens: number): Promise<void>;
  /** Compacts the context after the provider rejected a call as too long. `retry`: the same call may succeed now. */
  afterRejection(error: ModelError, run: PreparedRun, model: Model): Promise<'retry' | 'fail'>;
}

export function createCompactionPolicy(deps: Deps, hold: ClaimedRun): CompactionPolicy {
  let givenUpAt = 0;
  let rejections = { step: -1, count: 0 };
  return {
    limit: (contextWindow) => Math.max(FULL * contextWindow, givenUpAt + MORE * contextWindow),
    async beforeCall(model, tokens) {
      // As it is now: the run may have taken steps since it was read.
      const run = await retryWhileUnavailable(() => readRun(deps, hold), hold.signal);
      try {
        await compactContext(deps, hold, run, model, 'POST_STEP');
      } catch (error) {
        if (!(error instanceof CompactionError)) throw error;
        givenUpAt = tokens;
      }
    },
    async afterRejection(error, { contextWindow }, model) {
      if (error.code !== 'LLM_CONTEXT_WINDOW_EXCEEDED') return 'fail';
      const run = await retryWhileUnavailable(() => readRun(deps, hold), hold.signal);
      const step = run.steps.length;
      rejections = { step, count: rejections.step === step ? rejections.count + 1 : 1 };
      if (rejections.count > MAX_REJECTIONS) return 'fail';
      try {
        await compactContext(deps, hold, run, model, 'CONTEXT_WINDOW_EXCEEDED');
        return 'retry';
      } catch (failure) {
        if (!(failure instanceof CompactionError)) throw failure;
        if (await isTooLarge(run, model, contextWindow)) throw new SystemPromptTooLargeError(error);
        return 'fail';
      }
    },
  };
}

/** No room can be made: the system prompt and the tools fill the window alone. */
class SystemPromptTooLargeError extends ModelError {
  constructor({ cause, usage }: ModelError) {
    super({
      code: 'CONTEXT_WINDOW_OVERFLOW_IN_SYSTEM_PROMPT',
      message:
        'The system prompt and the tools alone do not fit the context window. Shorten the instructions or the blocks.',
      isRetryable: false,
      retryAfterMs: null,
      cause,
    });
    this.usage = usage;
  }
}

async function isTooLarge({ system, tools }: PreparedRun, model: Model, contextWindow: number): Promise<boolean> {
  const counter = await createTokenCounter(model);
  return counter.message(system) + counter.tools([...tools.values()]) >= contextWindow;
}
