import type { Change } from '../../events/change.ts';

/** Messages that waited with a run enter the history and the context as it starts. There are none when it was done before. */
export async function placeMessages({ tx, head, append }: Change, runId: string): Promise<void> {
  const waiting = await tx.message.findMany({ where: { runId, position: null }, orderBy: { id: 'asc' } });
  for (const { id } of waiting) {
    const place = { position: ++head.lastPosition, contextRank: ++head.lastContextRank, inContext: true };
    await tx.message.update({ where: { id }, data: place });
    append({ type: 'MessageAdded', runId, data: { messageId: id } });
  }
}
