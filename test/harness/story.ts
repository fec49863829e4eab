import type { ConversationEvent, EventType } from '../../src/events/event-types.ts';
import { readStory, type Story } from '../../src/services/conversations/read-story.ts';
import type { Db } from '../../src/store/database.ts';
import type { Run } from '../../src/store/generated/client.ts';

export type { Story };

export async function readStories(db: Db, where: { organizationId?: string } = {}): Promise<Story[]> {
  const heads = await db.conversationHead.findMany({ where, orderBy: { conversationId: 'asc' } });
  const stories: Story[] = [];
  for (const { conversationId } of heads) {
    const story = await readStory(db, conversationId);
    if (story) stories.push(story);
  }
  return stories;
}

export const isOpen = ({ status }: Run) => ['QUEUED', 'RUNNING', 'REQUIRES_ACTION'].includes(status);

export function isOf<Type extends EventType>(type: Type) {
  return (event: ConversationEvent): event is Extract<ConversationEvent, { type: Type }> => event.type === type;
}

/** What a check found wrong, one sentence each. */
export type Check = (story: Story) => Generator<string, void>;
