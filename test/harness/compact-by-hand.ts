import { changeConversation } from '../../src/events/change.ts';
import { addMessages } from '../../src/services/history/message-rows.ts';
import type { TestServer } from './server.ts';

/** Puts a summary in the place of the context up to the message at a position of the history, without a model. Returns its id. */
export async function compactByHand({ deps }: TestServer, conversationId: string, through: number): Promise<string> {
  return changeConversation(deps, conversationId, async (change) => {
    const { tx, head } = change;
    const { lastContextRank, organizationId } = head;
    const at = { conversationId_position: { conversationId, position: through } };
    const { contextRank } = await tx.message.findUniqueOrThrow({ where: at });
    const context = await tx.message.findMany({
      where: { conversationId, inContext: true, position: { gt: 1 } },
      orderBy: { contextRank: 'asc' },
    });
    const evicted = context.filter((message) => message.contextRank! <= contextRank!);
    const kept = context.slice(evicted.length);
    await addMessages(change, organizationId, [
      {
        kind: 'SUMMARY',
        content: {
          summary: `What was said up to ${through}.`,
          stats: {
            trigger: 'REQUESTED',
            modeUsed: 'ALL',
            contextTokensBefore: 200,
            contextTokensAfter: 100,
            contextWindow: 1000,
            messagesBefore: context.length + 1,
            messagesAfter: kept.length + 2,
          },
          keptFromPosition: kept[0]?.position ?? null,
        },
      },
    ]);
    head.lastContextRank = lastContextRank;
    const summary = await tx.message.findFirstOrThrow({ where: { conversationId, position: head.lastPosition } });
    await tx.message.updateMany({
      where: { id: { in: evicted.map(({ id }) => id) } },
      data: { inContext: false, coveredById: summary.id },
    });
    await tx.message.update({ where: { id: summary.id }, data: { contextRank } });
    return summary.id;
  });
}
