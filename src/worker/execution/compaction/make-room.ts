import { CompactionError } from '../../../agent/compaction/compact.ts';
import { ModelError, type Model } from '../../../agent/model.ts';
import { createTokenCounter } from '../../../agent/tokens.ts';
import type { Hold } from '../../../events/change.ts';
import { retryWhileUnavailable } from '../../../store/unavailable.ts';
import { compactContext } from './compact-context.ts';
import type { Deps } from '../../../services/deps.ts';
import { readRun, type PreparedRun } from '../read-run.ts';

/** As in the reference system: the share of the window that a context may take. */
const FULL = 0.9;

/** What was tried in vain is tried again when the context has grown by such a share: then there is more that may leave. */
const MORE = 0.1;

/** As in the reference system: for one model call. */
const MAX_REJECTIONS = 3;

/** Keeps the context of one run, for as long as this worker has it, within its window. */
export interface RoomMaker {
  /** How many tokens a call may take before room is made: until the context has grown more, the provider decides what is too long. */
  limit(contextWindow: number): number;
  /** The context takes so many tokens, which is too much. Returns false: it is to be read again, made shorter or not. */
  beforeCall(model: Model, tokens: number): Promise<false>;
  /** Whether a call that the provider refused as too long may be made again, as the context is shorter now. */
  afterRejection(error: ModelError, run: PreparedRun, model: Model): Promise<boolean>;
}

export function createRoomMaker(deps: Deps, hold: Hold): RoomMaker {
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
      return false;
    },
    async afterRejection(error, { contextWindow }, model) {
      if (error.code !== 'LLM_CONTEXT_WINDOW_EXCEEDED') return false;
      const run = await retryWhileUnavailable(() => readRun(deps, hold), hold.signal);
      const step = run.steps.length;
      rejections = { step, count: rejections.step === step ? rejections.count + 1 : 1 };
      if (rejections.count > MAX_REJECTIONS) return false;
      try {
        await compactContext(deps, hold, run, model, 'CONTEXT_WINDOW_EXCEEDED');
        return true;
      } catch (failure) {
        if (!(failure instanceof CompactionError)) throw failure;
        if (await isTooLarge(run, model, contextWindow)) throw new SystemPromptTooLargeError(error);
        return false;
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
