import { compact, CompactionError } from '../../../agent/compaction/compact.ts';
import { overrideCompaction, resolveCompaction, type CompactionSettings } from '../../../agent/compaction/settings.ts';
import type { CompactionTask } from '../../../agent/compaction/task.ts';
import type { CompactionTrigger } from '../../../compaction-stats.ts';
import { toModelRequest } from '../../../agent/ask-model.ts';
import type { Model } from '../../../agent/model.ts';
import { createTokenCounter } from '../../../agent/tokens.ts';
import type { Hold } from '../../../events/change.ts';
import { newId } from '../../../ids.ts';
import { addedUsage } from '../../../services/runs/added-usage.ts';
import { changeOnce } from '../change-once.ts';
import { commitCompaction } from './commit-compaction.ts';
import type { Deps } from '../../../services/deps.ts';
import type { PreparedRun } from '../read-run.ts';
import { summariserOf } from './summariser.ts';

/**
 * Makes the context of a held run shorter, and tells so. Throws CompactionError when nothing came of it: then the context
 * is as it was, followers know, and what the calls have used is kept.
 */
export async function compactContext(
  deps: Deps,
  hold: Hold,
  run: PreparedRun,
  model: Model,
  trigger: CompactionTrigger,
): Promise<void> {
  const { runId, signal } = hold;
  await changeOnce(deps, hold, 'CompactionStarted', async ({ append }) => {
    append({ type: 'CompactionStarted', runId, data: { trigger } });
  });
  try {
    const task = await toTask(deps, run, model, trigger);
    const compacted = await compact(task, signal);
    const { modeUsed, model: by, usage, contextTokensBefore, contextTokensAfter, evicted } = compacted;
    const messagesBefore = run.context.length + 1;
    const stats = {
      trigger,
      modeUsed,
      model: by,
      usage,
      contextTokensBefore,
      contextTokensAfter,
      contextWindow: task.contextWindow,
      messagesBefore,
      messagesAfter: messagesBefore - evicted.length + 1,
    };
    await commitCompaction(deps, hold, run, { messageId: newId('Message'), compacted, stats });
    deps.log.info({ runId, ...stats }, 'context compacted');
  } catch (error) {
    if (error instanceof CompactionError) await tellFailure(deps, hold, error);
    throw error;
  }
}

async function toTask(deps: Deps, run: PreparedRun, model: Model, trigger: CompactionTrigger): Promise<CompactionTask> {
  const settings = settingsOf(deps, run);
  const counter = await createTokenCounter(model);
  const { system, context, images, contextWindow, reported } = run;
  const { tools } = toModelRequest(run, run.prompt, run.steps);
  const counted = run.prompt
    .slice(0, reported?.length ?? 0)
    .reduce((sum, message) => sum + counter.message(message), counter.tools(tools));
  return {
    trigger,
    settings,
    system,
    context,
    images,
    agent: { model, settings: run.settings, tools, cacheKey: run.cacheKey },
    summariser: summariserOf(deps.models, settings, model),
    contextWindow,
    counter,
    correction: reported && counted > 0 ? reported.tokens / counted : 1,
    maxTries: deps.models.maxTries,
  };
}

/** A summariser that is not configured any more counts as not chosen, and its settings as not made. */
function settingsOf({ models }: Pick<Deps, 'models'>, { compaction, request }: PreparedRun): CompactionSettings {
  const settings = resolveCompaction(overrideCompaction(compaction, request.compaction ?? {}));
  const isGone = settings.model !== null && !models.resolve(settings.model);
  return isGone ? { ...settings, model: null, modelSettings: null } : settings;
}

async function tellFailure(deps: Pick<Deps, 'db' | 'wakeups' | 'log'>, hold: Hold, error: CompactionError) {
  const { runId } = hold;
  const { code, message, usage, messagesAfter } = error;
  deps.log.warn({ runId, code }, 'compaction failed');
  await changeOnce(deps, hold, 'CompactionFailed', async ({ tx, append }) => {
    if (usage) await tx.$executeRaw`UPDATE "Run" SET ${addedUsage(usage, null)} WHERE id = ${runId}`;
    append({ type: 'CompactionFailed', runId, data: { code, message, messagesAfter, usage } });
  });
}
