import { ModelError } from '../../agent/model.ts';
import { changeHeldRun, FencedError, type Hold } from '../../events/change.ts';
import type { StopReason } from '../../store/generated/client.ts';
import { addedUsage } from '../../services/runs/added-usage.ts';
import type { Deps } from '../../services/deps.ts';
import { excludeRefused } from '../../services/history/exclude-refused.ts';
import { endRun } from '../../services/runs/end-run.ts';
import type { RunEnd } from '../../services/runs/run-end.ts';

/** A run that loses this many workers without a committed step in between fails. */
export const MAX_CRASHES = 3;

/** Ends a run with what its worker threw, unless another has ended it. The text and the usage of a failed call are kept. */
export async function failRun(deps: Pick<Deps, 'db' | 'wakeups' | 'log'>, hold: Hold, error: unknown): Promise<void> {
  const { runId } = hold;
  const usage = error instanceof ModelError ? error.usage : null;
  // Neither message nor cause: a provider may quote what it was sent, or its own answer.
  if (error instanceof ModelError) deps.log.warn({ runId, code: error.code }, 'the model call of a run failed');
  try {
    await changeHeldRun(deps, hold, async (change) => {
      if (usage) await change.tx.$executeRaw`UPDATE "Run" SET ${addedUsage(usage)} WHERE id = ${runId}`;
      if (error instanceof ModelError && error.isContentRefused) await excludeRefused(change, runId);
      await endRun(change, runId, endOf(error));
    });
  } catch (failure) {
    if (!(failure instanceof FencedError))
      deps.log.error({ runId, err: failure }, 'the end of a failed run could not be stored');
  }
}

/** Ends a run that takes its worker down each time, before it takes the next one. */
export async function failCrashLoop(deps: Pick<Deps, 'db' | 'log' | 'wakeups'>, hold: Hold): Promise<void> {
  const error = {
    code: 'CRASH_LOOP',
    message: `The run was given up: ${MAX_CRASHES} servers were lost while they worked on it.`,
  };
  await changeHeldRun(deps, hold, (change) =>
    endRun(change, hold.runId, { status: 'FAILED', stopReason: 'CRASH_LOOP', error }),
  );
}

const stopReasons: Partial<Record<ModelError['code'], StopReason>> = {
  LLM_INVALID_RESPONSE: 'INVALID_LLM_RESPONSE',
  LLM_INSUFFICIENT_CREDITS: 'INSUFFICIENT_CREDITS',
  LIMIT_EXCEEDED: 'LIMIT_EXCEEDED',
  CONTEXT_WINDOW_OVERFLOW_IN_SYSTEM_PROMPT: 'CONTEXT_WINDOW_OVERFLOW_IN_SYSTEM_PROMPT',
};

function endOf(error: unknown): RunEnd {
  if (error instanceof ModelError) {
    const { code, message, usage } = error;
    return {
      status: 'FAILED',
      stopReason: stopReasons[code] ?? 'LLM_API_ERROR',
      error: { code, message },
      openCall: { usage },
    };
  }
  return {
    status: 'FAILED',
    stopReason: 'ERROR',
    error: { code: 'INTERNAL_ERROR', message: 'Something went wrong on the server.' },
  };
}
