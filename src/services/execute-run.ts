import { runAgent } from '../agent/loop.ts';
import { ModelError } from '../agent/model.ts';
import type { Tool } from '../agent/tool.ts';
import { changeHeldRun, FencedError, type Hold } from '../events/change.ts';
import { outlast } from '../store/unavailable.ts';
import type { StopReason } from '../store/generated/client.ts';
import { commitReply, commitToolReturns } from './commit-step.ts';
import type { Deps } from './deps.ts';
import { endRun, type RunEnd } from './end-run.ts';
import { prepareRun } from './prepare-run.ts';

/**
 * Carries a claimed run from where it stands to its end, committing every fact with its event. Returns quietly when the
 * run was ended by another, claimed by another, or the hold's signal aborts: whoever has it then goes on from the last commit.
 */
export async function executeRun(deps: Deps, hold: Hold): Promise<void> {
  const { runId, claim, signal } = hold;
  try {
    await carryOut(deps, hold);
  } catch (error) {
    if (signal.aborted || error instanceof FencedError) {
      deps.log.info({ runId, claim, reason: String(signal.reason ?? error) }, 'stopped working on a run');
      return;
    }
    await changeHeldRun(deps, hold, (change) => endRun(change, runId, endOf(error))).catch((failure: unknown) => {
      if (!(failure instanceof FencedError))
        deps.log.error({ runId, err: failure }, 'the end of a failed run could not be stored');
    });
    if (!(error instanceof ModelError)) throw error;
    deps.log.warn({ runId, code: error.code, err: error.cause }, 'the model call of a run failed');
  }
}

async function carryOut(deps: Deps, hold: Hold): Promise<void> {
  const started = performance.now();
  const { signal } = hold;
  const { model: handle, ...prepared } = await outlast(() => prepareRun(deps, hold), signal);
  const run = { ...hold, model: handle };
  const model = deps.models.resolve(handle);
  if (!model) return changeHeldRun(deps, hold, (change) => endRun(change, hold.runId, notConfigured(handle)));

  using sink = deps.deltas.open(hold);
  let timeToFirstTokenMs: number | null = null;
  const turn = {
    ...prepared,
    model,
    tools: new Map<string, Tool>(),
    onDelta({ type, messageId, text }: { type: 'text' | 'reasoning'; messageId: string; text: string }) {
      timeToFirstTokenMs ??= Math.round(performance.now() - started);
      return sink.push(type === 'text' ? 'AssistantTextDelta' : 'ReasoningDelta', messageId, text);
    },
  };
  try {
    for await (const event of runAgent(turn, signal)) {
      // Text first: a fact must not overtake the deltas that it replaces.
      await sink.drain();
      if (event.type === 'reply') await commitReply(deps, run, event, timeToFirstTokenMs);
      else await commitToolReturns(deps, run, event);
    }
  } catch (error) {
    // The text of a call that failed is kept with the run's end.
    if (error instanceof ModelError) await sink.drain();
    throw error;
  }
}

const stopReasons: Partial<Record<ModelError['code'], StopReason>> = {
  LLM_INVALID_RESPONSE: 'INVALID_LLM_RESPONSE',
  LLM_INSUFFICIENT_CREDITS: 'INSUFFICIENT_CREDITS',
};

function endOf(error: unknown): RunEnd {
  if (error instanceof ModelError) {
    const { code, message } = error;
    return {
      status: 'FAILED',
      stopReason: stopReasons[code] ?? 'LLM_API_ERROR',
      error: { code, message },
      isCallOpen: true,
    };
  }
  return {
    status: 'FAILED',
    stopReason: 'ERROR',
    error: { code: 'INTERNAL_ERROR', message: 'Something went wrong on the server.' },
  };
}

function notConfigured(handle: string): RunEnd {
  const error = { code: 'LLM_MODEL_NOT_FOUND', message: `The model ${handle} is not configured any more.` };
  return { status: 'FAILED', stopReason: 'LLM_API_ERROR', error };
}
