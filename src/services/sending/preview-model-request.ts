import { PendingApprovalError } from '../../errors.ts';
import { findConversation } from '../access.ts';
import { checkModel } from '../check-model.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { modelOfAgent } from '../runs/run-settings.ts';
import { checkToolCount } from '../tools/client-tools.ts';
import { draftRun, Send } from './draft-run.ts';
import { nextRequest, requestSource } from './next-request.ts';
import { storeImages } from './store-images.ts';

/**
 * What the first model call of the run would send, were this sent now. Writes nothing, and calls nobody but those who have
 * the images that are named by a URL; `signal` ends that.
 */
export async function previewModelRequest(
  deps: Pick<Deps, 'db' | 'models' | 'tools' | 'images'>,
  viewer: Viewer,
  input: unknown,
  signal?: AbortSignal,
): Promise<{ model: string; payload: unknown }> {
  const asked = parseInput(Send, input);
  const { id } = await findConversation(deps, viewer, asked.conversationId);
  const conversation = await deps.db.conversation.findUniqueOrThrow({
    where: { id },
    include: { ...requestSource, runs: { where: { status: 'REQUIRES_ACTION' }, select: { id: true }, take: 1 } },
  });
  const [waiting] = conversation.runs;
  if (waiting) throw new PendingApprovalError(waiting.id);
  const model = asked.model == null ? null : checkModel(deps.models, asked.model);
  const draft = draftRun(conversation, { ...asked, model });
  // Of the conversation or the agent it was checked when it was written, but may not be configured any more.
  const handle = checkModel(deps.models, model ?? conversation.model ?? modelOfAgent(deps.models, conversation.agent));
  await checkToolCount(deps, conversation.agentId, draft.request.clientTools);
  const taken = await storeImages(deps, draft.messages, signal);
  const request = await nextRequest(deps, conversation, { ...draft, ...taken });
  return { model: handle, payload: deps.models.resolve(handle)?.preview(request) };
}
