import type { ConversationEvent } from '../../events/event-types.ts';
import type { Tx } from '../../store/database.ts';
import type { ConversationHead, Message, Run, Step, ToolCall } from '../../store/generated/client.ts';

/** Everything that the database holds of one conversation. */
export interface Story {
  head: ConversationHead;
  /** In the order of the log. */
  events: ConversationEvent[];
  /** In the order in which they were sent. */
  runs: Run[];
  /** In the order of the history; messages that never entered it come last. */
  messages: Message[];
  steps: Step[];
  toolCalls: ToolCall[];
}

/** Undefined when there is no such conversation. `lastEvents` limits the events to the newest ones. */
export async function readStory(tx: Tx, conversationId: string, lastEvents?: number): Promise<Story | undefined> {
  const head = await tx.conversationHead.findUnique({ where: { conversationId } });
  if (!head) return undefined;
  const events = await tx.conversationEvent.findMany({
    where: { conversationId },
    orderBy: { seq: 'asc' },
    ...(lastEvents !== undefined && { take: -lastEvents }),
  });
  const runs = await tx.run.findMany({ where: { conversationId }, orderBy: { queuedSeq: 'asc' } });
  const messages = await tx.message.findMany({ where: { conversationId }, orderBy: { position: 'asc' } });
  const steps = await tx.step.findMany({ where: { run: { conversationId } }, orderBy: { index: 'asc' } });
  const toolCalls = await tx.toolCall.findMany({ where: { run: { conversationId } }, orderBy: { index: 'asc' } });
  return { head, events: events as unknown as ConversationEvent[], runs, messages, steps, toolCalls };
}
