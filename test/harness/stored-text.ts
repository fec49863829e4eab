import { expect } from 'vitest';
import type { Fence } from '../../src/events/change.ts';
import { isDelta, textIdOf } from '../../src/events/event-types.ts';
import type { TestLog } from './event-log.ts';

/** What is stored of each text, by the id of its message or tool call, in the order of the log; fails when a piece is missing, doubled or out of place. */
export async function storedText(
  { follower, db }: TestLog,
  { conversationId }: Fence,
): Promise<Record<string, string>> {
  const { lastEventSeq } = await db.conversationHead.findUniqueOrThrow({ where: { conversationId } });
  const texts: Record<string, string> = {};
  for await (const event of follower.follow(conversationId, 0, new AbortController().signal)) {
    if (isDelta(event)) {
      const { delta, offset } = event.data;
      const id = textIdOf(event.data);
      expect(offset).toBe(texts[id]?.length ?? 0);
      texts[id] = (texts[id] ?? '') + delta;
    }
    if (event.seq === lastEventSeq) break;
  }
  return texts;
}
