import { expect } from 'vitest';
import type { Fence } from '../../src/events/change.ts';
import { isDelta } from '../../src/events/vocabulary.ts';
import type { TestLog } from './event-log.ts';

/** What is stored of each message, in the order of the log; fails when a piece is missing, doubled or out of place. */
export async function storedText(
  { follower, db }: TestLog,
  { conversationId }: Fence,
): Promise<Record<string, string>> {
  const { lastEventSeq } = await db.conversationHead.findUniqueOrThrow({ where: { conversationId } });
  const texts: Record<string, string> = {};
  for await (const event of follower.follow(conversationId, 0, new AbortController().signal)) {
    if (isDelta(event)) {
      const { messageId, delta, offset } = event.data;
      expect(offset).toBe(texts[messageId]?.length ?? 0);
      texts[messageId] = (texts[messageId] ?? '') + delta;
    }
    if (event.seq === lastEventSeq) break;
  }
  return texts;
}
