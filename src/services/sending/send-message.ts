import { changeConversation, type Change } from '../../events/change.ts';
import { failpoint } from '../../failpoint.ts';
import { sqlState } from '../../store/unavailable.ts';
import { findConversation } from '../access.ts';
import { checkModel } from '../check-model.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { endOpenRuns } from '../runs/end-run.ts';
import { insertRunIfIdle, insertRunLocked, type NewRun } from '../runs/insert-run.ts';
import { refreshAgentLastRun } from '../runs/refresh-agent-last-run.ts';
import { requireDecided, requireIdle } from '../runs/require-idle.ts';
import { interrupted } from '../runs/run-end.ts';
import { waitForRun } from '../runs/wait-for-run.ts';
import { checkToolCount } from '../tools/client-tools.ts';
import { draftRun, Send } from './draft-run.ts';
import { findEarlier, freeKey } from './idempotency-key.ts';
import { hasImageUrl, storeImages } from './store-images.ts';

const UNIQUE_VIOLATION = '23505';

type OnBusy = 'REJECT' | 'ENQUEUE' | 'INTERRUPT';

/**
 * Commits the messages and the run that answers them, or nothing, and returns the run's id. With a key that was used
 * before, returns the earlier run. With `wait`, returns when the run has ended, needs a decision, or the limit has passed.
 * `signal` ends the reading of images, and with it the send; from then on nothing does.
 */
export async function sendMessage(deps: Deps, viewer: Viewer, input: unknown, signal?: AbortSignal): Promise<string> {
  const { onBusy, wait, ...request } = parseInput(Send, input);
  const conversation = await findConversation(deps, viewer, request.conversationId);
  const model = request.model == null ? null : checkModel(deps.models, request.model);
  const draft = draftRun(conversation, { ...request, model });
  const { clientTools } = draft.request;
  // A repeat must not read its images again, which may be gone, or others, nor be refused for what its agent has got since.
  const isChecked = hasImageUrl(draft.messages) || clientTools !== null;
  const earlier = isChecked ? await findEarlier(deps.db, viewer, draft) : undefined;
  if (!earlier) await checkToolCount(deps, conversation.agentId, clientTools);
  const runId =
    earlier ??
    (await commitRun(
      deps,
      viewer,
      { ...draft, ...(await storeImages(deps, draft.messages, signal)) },
      onBusy ?? 'REJECT',
    ));
  if (!wait) return runId;
  await waitForRun(deps, runId);
  await findConversation(deps, viewer, request.conversationId); // it may have been deleted meanwhile
  // The next read of the agent finds this run. If that fails, the sweep repeats it.
  await refreshAgentLastRun(deps.db, conversation.agentId).catch((error: unknown) =>
    deps.log.debug({ runId, err: error }, 'updating the agent after a run failed; the sweep repeats it'),
  );
  return runId;
}

async function commitRun(deps: Deps, viewer: Viewer, run: NewRun, onBusy: OnBusy): Promise<string> {
  try {
    return (await commitToIdle(deps, run)) ?? (await commitLocked(deps, viewer, run, onBusy));
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    // Another send with the same key was committed first, perhaps in another conversation; this one wrote nothing.
    const earlier = await findEarlier(deps.db, viewer, run);
    if (earlier) return earlier;
  }
  // A deleted run has the key.
  return commitLocked(deps, viewer, run, onBusy);
}

/** Returns nothing, and writes nothing, when the conversation is busy. */
async function commitToIdle(deps: Deps, run: NewRun): Promise<string | undefined> {
  const events = await insertRunIfIdle(deps.sql, run);
  if (!events) return undefined;
  failpoint('after', events);
  const { organizationId, conversationId } = run;
  deps.wakeups.publish({ organizationId, conversationId, events, isRunReady: true });
  return run.id;
}

function commitLocked(deps: Deps, viewer: Viewer, run: NewRun, onBusy: OnBusy): Promise<string> {
  return changeConversation(deps, run.conversationId, async (change) => {
    // Before the key is looked for: a send that frees it at the same time has then committed its own run.
    await freeKey(change.tx, viewer, run);
    const earlier = await findEarlier(change.tx, viewer, run);
    if (earlier) return earlier;
    await makeWay(change, onBusy);
    await insertRunLocked(change, run);
    return run.id;
  });
}

async function makeWay(change: Change, onBusy: OnBusy) {
  if (change.head.activeRunId === null) return;
  if (onBusy === 'INTERRUPT') await endOpenRuns(change, interrupted);
  else if (onBusy === 'REJECT') await requireIdle(change);
  else await requireDecided(change);
}
