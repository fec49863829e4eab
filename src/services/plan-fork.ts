import type { Message } from '../store/generated/client.ts';

/** What decides whether a fork copies a message. */
export type SourceMessage = Pick<Message, 'id' | 'kind' | 'stepId' | 'contextRank' | 'inContext'> & {
  position: number;
};

/**
 * What a fork has of a history after its system prompt, and what of it is in the context. Of a step that called tools,
 * either all is copied or nothing from it on: no call is left without its return.
 */
export function planFork<Source extends SourceMessage>(
  history: Source[],
  through: SourceMessage,
): (Source & { inContext: boolean })[] {
  const cut = closedCut(history, through.position);
  const summaries = history.filter((message) => message.kind === 'SUMMARY' && isEffective(message, history));
  const isEvicted = (message: Source) => summaries.some((one) => one.position <= cut && covers(one, message));
  const isEvictedLater = (message: Source) => summaries.some((one) => one.position > cut && covers(one, message));
  return history
    .filter(({ position }) => position > 1 && position <= cut)
    .map((message) => ({
      ...message,
      // What a reset or an undo took away stays away; what made room for a summary that is not copied is back.
      inContext: message.inContext || (isEvictedLater(message) && !isEvicted(message)),
    }));
}

/** The position up to which to copy. Only the last step can be open, and nothing comes between its calls and their returns. */
function closedCut(history: SourceMessage[], through: number): number {
  const call = history.findLast(
    ({ position, kind }) => position <= through && (kind === 'TOOL_CALL' || kind === 'APPROVAL_REQUEST'),
  );
  if (!call) return through;
  const step = history.filter(({ stepId }) => stepId === call.stepId);
  const end = step.find(({ kind }) => kind === 'TOOL_RETURN');
  return end ? Math.max(through, end.position) : (step[0]?.position ?? 1) - 1;
}

/** Whether the message made room for the summary, which has the rank of the last that did. */
function covers(summary: SourceMessage, { id, contextRank, position }: SourceMessage): boolean {
  if (contextRank === null || summary.contextRank === null || summary.id === id) return false;
  return contextRank < summary.contextRank || (contextRank === summary.contextRank && position < summary.position);
}

/** A summary that is out of the context, and not for a later one, was undone: what it stood for is back. */
function isEffective(summary: SourceMessage, history: SourceMessage[]): boolean {
  return summary.inContext || history.some((other) => other.kind === 'SUMMARY' && covers(other, summary));
}
