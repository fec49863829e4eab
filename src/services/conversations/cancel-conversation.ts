import { NoActiveRunsError } from '../../errors.ts';
import { changeConversation } from '../../events/change.ts';
import { findConversation } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { endOpenRuns } from '../runs/end-run.ts';

/** Ends every run of the conversation that has not ended, those that wait too, in one transaction. Returns their ids, oldest first. */
export async function cancelConversation(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  viewer: Viewer,
  id: string,
): Promise<string[]> {
  const conversation = await findConversation(deps, viewer, id);
  return changeConversation(deps, conversation.id, async (change) => {
    const ended = await endOpenRuns(change);
    if (ended.length === 0) throw new NoActiveRunsError();
    return ended;
  });
}
