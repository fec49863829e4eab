import type { ConversationEvent, EventType } from '../../src/events/vocabulary.ts';
import type { Db } from '../../src/store/database.ts';
import type { ConversationHead, Message, Run, Step, ToolCall } from '../../src/store/generated/client.ts';

/** All that the database says of one conversation. */
export interface Story {
  head: ConversationHead;
  events: ConversationEvent[];
  /** In the order in which they were sent. */
  runs: Run[];
  /** In the order of the history; what never entered it comes last. */
  messages: Message[];
  steps: Step[];
  toolCalls: ToolCall[];
}

export async function readStories(db: Db, where: { organizationId?: string } = {}): Promise<Story[]> {
  const heads = await db.conversationHead.findMany({ where, orderBy: { conversationId: 'asc' } });
  const stories: Story[] = [];
  for (const head of heads) {
    const { conversationId } = head;
    const events = await db.conversationEvent.findMany({ where: { conversationId }, orderBy: { seq: 'asc' } });
    const runs = await db.run.findMany({ where: { conversationId }, orderBy: { queuedSeq: 'asc' } });
    const messages = await db.message.findMany({ where: { conversationId }, orderBy: { position: 'asc' } });
    const steps = await db.step.findMany({ where: { run: { conversationId } }, orderBy: { index: 'asc' } });
    const toolCalls = await db.toolCall.findMany({ where: { run: { conversationId } } });
    stories.push({ head, events: events as unknown as ConversationEvent[], runs, messages, steps, toolCalls });
  }
  return stories;
}

export const isOpen = ({ status }: Run) => ['QUEUED', 'RUNNING', 'REQUIRES_ACTION'].includes(status);

export function isOf<Type extends EventType>(type: Type) {
  return (event: ConversationEvent): event is Extract<ConversationEvent, { type: Type }> => event.type === type;
}

/** What a check found wrong, one sentence each. */
export type Check = (story: Story) => Generator<string, void>;
