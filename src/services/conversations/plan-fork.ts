import type { Message } from '../../store/generated/client.ts';

/** What decides whether a fork copies a message, and what the copy is. */
export type SourceMessage = Pick<Message, 'id' | 'kind' | 'stepId' | 'contextRank' | 'inContext' | 'coveredById'> & {
  position: number;
};

/**
 * What a fork has of a history after its system prompt, and what of it is in the context. Of a step that called tools,
 * either all is copied or nothing from it on: no call is left without its return.
 */
export function planFork<Source extends SourceMessage>(history: Source[], through: SourceMessage): Source[] {
  const cut = closedCut(history, through.position);
  const byId = new Map<string, SourceMessage>(history.map((message) => [message.id, message]));
  return history
    .filter(({ position }) => position > 1 && position <= cut)
    .map((message) => {
      const cover = byId.get(message.coveredById ?? '');
      if (!cover || cover.position <= cut) return message;
      // It is back, unless a reset has taken away the summary that stood for it.
      return { ...message, coveredById: null, inContext: lastCover(cover, byId).inContext };
    });
}

/** What stands, or stood, in the context for all that the summary does. */
function lastCover(summary: SourceMessage, byId: Map<string, SourceMessage>): SourceMessage {
  const next = byId.get(summary.coveredById ?? '');
  return next ? lastCover(next, byId) : summary;
}

/** The position up to which to copy. Only the last step can be open; a summary alone may come between its calls and their returns. */
function closedCut(history: SourceMessage[], through: number): number {
  const call = history.findLast(
    ({ position, kind }) => position <= through && (kind === 'TOOL_CALL' || kind === 'APPROVAL_REQUEST'),
  );
  if (!call) return through;
  const step = history.filter(({ stepId }) => stepId === call.stepId);
  const end = step.find(({ kind }) => kind === 'TOOL_RETURN');
  return end ? Math.max(through, end.position) : (step[0]?.position ?? 1) - 1;
}
