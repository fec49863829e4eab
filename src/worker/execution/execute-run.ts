import type { MessageDelta } from '../../agent/answer-ids.ts';
import { createContextMeter } from '../../agent/compaction/context-meter.ts';
import { runAgent, type AgentTurn } from '../../agent/loop.ts';
import { ModelError, type Model } from '../../agent/model.ts';
import { createTokenCounter } from '../../agent/tokens.ts';
import { changeHeldRun, FencedError, type Hold } from '../../events/change.ts';
import type { DeltaSink } from '../../events/delta-sink.ts';
import { retryWhileUnavailable } from '../../store/unavailable.ts';
import { commitReply } from './commit-step.ts';
import { beginCall, commitToolResult, keepReturn } from './commit-tool-call.ts';
import { compactOnRequest } from './compaction/compact-on-request.ts';
import type { Deps } from '../../services/deps.ts';
import { endRun } from '../../services/runs/end-run.ts';
import type { RunEnd } from '../../services/runs/run-end.ts';
import { failRun } from './fail-run.ts';
import { createCompactionPolicy, type CompactionPolicy } from './compaction/compaction-policy.ts';
import { prepareRun } from './prepare-run.ts';
import type { ClaimedRun, PreparedRun } from './read-run.ts';
import { retryStep } from './restart-step.ts';
import { suspendRun } from './release-run.ts';

/** How one pass over a run went. `reread`: the context or the decisions changed, and the run resumes from what is stored now. */
type Outcome = 'ended' | 'suspended' | 'reread';

/**
 * Carries a claimed run from its last commit to its end, committing every fact with its event. Returns quietly when the run
 * was ended or claimed elsewhere, or the hold's signal aborts: the next worker resumes from the last commit.
 */
export async function executeRun(deps: Deps, hold: ClaimedRun): Promise<void> {
  const { runId, claim, signal } = hold;
  const policy = createCompactionPolicy(deps, hold);
  let outcome: Outcome = 'reread';
  try {
    while (outcome === 'reread') outcome = await resumeRun(deps, hold, policy);
  } catch (error) {
    if (signal.aborted || error instanceof FencedError) {
      deps.log.info({ runId, claim, reason: String(signal.reason ?? error) }, 'stopped working on a run');
      return;
    }
    await failRun(deps, hold, error);
    if (!(error instanceof ModelError)) throw error;
  }
}

/** Reads the run as it is stored and resumes it from there. */
async function resumeRun(deps: Deps, hold: ClaimedRun, policy: CompactionPolicy): Promise<Outcome> {
  const run = await retryWhileUnavailable(() => prepareRun(deps, hold), hold.signal);
  const model = deps.models.resolve(run.model);
  if (!model) {
    await changeHeldRun(deps, hold, (change) => endRun(change, hold.runId, notConfigured(run.model)));
    return 'ended';
  }
  if (run.kind === 'COMPACTION') {
    await compactOnRequest(deps, hold, run, model);
    return 'ended';
  }
  try {
    return await runLoop(deps, hold, run, model, policy);
  } catch (error) {
    if (error instanceof ModelError && (await policy.afterRejection(error, run, model)) === 'retry') return 'reread';
    throw error;
  }
}

/** Runs the agent's loop and stores what it yields. */
async function runLoop(
  deps: Deps,
  hold: Hold,
  run: PreparedRun,
  model: Model,
  policy: CompactionPolicy,
): Promise<Outcome> {
  using sink = deps.deltas.open(hold);
  let firstTokenAt: number | null = null;
  const turn: AgentTurn = {
    ...run,
    model,
    maxTries: deps.models.maxTries,
    meter: createContextMeter(policy.limit(run.contextWindow), () => createTokenCounter(model), run.reported),
    async beginCall(...call) {
      await sink.drain();
      return beginCall(deps, hold, ...call);
    },
    keepReturn: (event) => keepReturn(deps, hold, event),
    onDelta(delta) {
      if (delta.type !== 'toolCall') firstTokenAt ??= performance.now();
      return pushDelta(sink, delta);
    },
  };
  try {
    for await (const event of runAgent(turn, hold.signal)) {
      // Text first: a fact must not overtake the deltas that it replaces.
      await sink.drain();
      if (event.type === 'retry') {
        firstTokenAt = null; // that token is taken back
        await retryStep(deps, hold, event);
      } else if (event.type === 'reply') await commitReply(deps, { ...hold, model: run.model }, event, firstTokenAt);
      else if (event.type === 'toolFinished') await commitToolResult(deps, hold, event);
      else if (event.type === 'suspended') return await suspendRun(deps, hold);
      else if (event.type === 'full') {
        await policy.beforeCall(model, event.tokens);
        return 'reread';
      } else await changeHeldRun(deps, hold, (change) => endRun(change, hold.runId, event.ending));
    }
    return 'ended';
  } catch (error) {
    // The text of a call that failed is kept with the run's end.
    if (error instanceof ModelError) await sink.drain();
    throw error;
  }
}

function pushDelta(sink: DeltaSink, delta: MessageDelta): void | Promise<void> {
  const { type, messageId, text } = delta;
  if (type !== 'toolCall') return sink.push(type === 'text' ? 'AssistantTextDelta' : 'ReasoningDelta', messageId, text);
  const { toolCallId, needsDecision, isFirst, name } = delta;
  const messageKind = needsDecision ? 'APPROVAL_REQUEST' : 'TOOL_CALL';
  return sink.pushCall({ messageId, messageKind, toolCallId, name: isFirst ? name : null, delta: text });
}

function notConfigured(handle: string): RunEnd {
  const message = `The model ${handle} is not configured. Configure its provider, or choose another model with updateAgent or updateConversation, and send again.`;
  return { status: 'FAILED', stopReason: 'LLM_API_ERROR', error: { code: 'LLM_MODEL_NOT_FOUND', message } };
}
