import DataLoader from 'dataloader';
import { NotFoundError } from '../errors.ts';
import type { Db } from '../store/database.ts';
import type { ConversationHead } from '../store/generated/client.ts';

/** Reads that are no relation of Prisma's, one statement for all that ask at once, each answer kept for the operation. */
export interface Loaders {
  /** What is read of a conversation after its head is at least as new as its event cursor. */
  head: DataLoader<string, ConversationHead>;
}

export function createLoaders({ db }: { db: Db }): Loaders {
  return {
    head: new DataLoader<string, ConversationHead>(async (ids) => {
      const heads = await db.conversationHead.findMany({ where: { conversationId: { in: [...ids] } } });
      const byId = new Map(heads.map((head) => [head.conversationId, head]));
      return ids.map((id) => byId.get(id) ?? new NotFoundError(id));
    }),
  };
}
