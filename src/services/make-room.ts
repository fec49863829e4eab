import { CompactionError } from '../agent/compaction/compact.ts';
import { ModelError, type Model } from '../agent/model.ts';
import { createTokenCounter } from '../agent/tokens.ts';
import type { Hold } from '../events/change.ts';
import { outlast } from '../store/unavailable.ts';
import { compactContext } from './compact-context.ts';
import type { Deps } from './deps.ts';
import { readRun, type PreparedRun } from './read-run.ts';

/** As in the reference system: for one model call. */
const MAX_REJECTIONS = 3;

/** Keeps the context of one run, for as long as this worker has it, within its window. */
export interface RoomMaker {
  /** It has been tried, and brought nothing: now the provider decides whether the context is too long. */
  isGivenUp(): boolean;
  /** The context is nearly full. Returns false: it is to be read again, made shorter or not. */
  beforeCall(model: Model): Promise<false>;
  /** Whether a call that the provider refused as too long may be made again, as the context is shorter now. */
  afterRejection(error: ModelError, run: PreparedRun, model: Model): Promise<boolean>;
}

export function createRoomMaker(deps: Deps, hold: Hold): RoomMaker {
  let isGivenUp = false;
  let rejections = { step: -1, count: 0 };
  return {
    isGivenUp: () => isGivenUp,
    async beforeCall(model) {
      // As it is now: the run may have taken steps since it was read.
      const run = await outlast(() => readRun(deps, hold), hold.signal);
      try {
        await compactContext(deps, hold, run, model, 'POST_STEP');
      } catch (error) {
        if (!(error instanceof CompactionError)) throw error;
        isGivenUp = true;
      }
      return false;
    },
    async afterRejection(error, { contextWindow }, model) {
      if (error.code !== 'LLM_CONTEXT_WINDOW_EXCEEDED') return false;
      const run = await outlast(() => readRun(deps, hold), hold.signal);
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
export class SystemPromptTooLargeError extends ModelError {
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
