import { runAgent } from '../agent/loop.ts';
import { ModelError } from '../agent/model.ts';
import type { Tool } from '../agent/tool.ts';
import { changeHeldRun, FencedError, type Fence } from '../events/change.ts';
import { isUnavailable } from '../store/unavailable.ts';
import type { StopReason } from '../store/generated/client.ts';
import { commitReply, commitToolReturns } from './commit-step.ts';
import type { Deps } from './deps.ts';
import { endRun, type RunEnd } from './end-run.ts';
import { prepareRun } from './prepare-run.ts';

/**
 * Carries a claimed run from where it stands to its end, committing every fact with its event. Returns quietly when the
 * run was ended by another, claimed by another, or `signal` aborts: whoever has it then goes on from the last commit.
 */
export async function executeRun(deps: Deps, fence: Fence, signal: AbortSignal): Promise<void> {
  try {
    await carryOut(deps, fence, signal);
  } catch (error) {
    if (signal.aborted || error instanceof FencedError) {
      deps.log.info(
        { runId: fence.runId, claim: fence.claim, reason: String(signal.reason ?? error) },
        'stopped working on a run',
      );
      return;
    }
    // Without a database nothing can be said of the run: its lease passes, and a worker takes it up again.
    if (!(error instanceof ModelError) && isUnavailable(error)) throw error;
    await changeHeldRun(deps, fence, (change) => endRun(change, fence.runId, endOf(error))).catch(
      (failure: unknown) => {
        if (!(failure instanceof FencedError))
          deps.log.error({ runId: fence.runId, err: failure }, 'the end of a failed run could not be stored');
      },
    );
    if (!(error instanceof ModelError)) throw error;
    deps.log.warn({ runId: fence.runId, code: error.code, err: error.cause }, 'the model call of a run failed');
  }
}

async function carryOut(deps: Deps, fence: Fence, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  const { organizationId, model: handle, ...prepared } = await prepareRun(deps, fence);
  const run = { ...fence, organizationId, model: handle };
  const model = deps.models.resolve(handle);
  if (!model) throw new ModelError('LLM_MODEL_NOT_FOUND', `The model ${handle} is not configured any more.`, false);

  using sink = deps.deltas.open(fence);
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
    return { status: 'FAILED', stopReason: stopReasons[code] ?? 'LLM_API_ERROR', error: { code, message } };
  }
  return {
    status: 'FAILED',
    stopReason: 'ERROR',
    error: { code: 'INTERNAL_ERROR', message: 'Something went wrong on the server.' },
  };
}
