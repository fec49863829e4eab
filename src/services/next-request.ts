import type { Prisma } from '../store/generated/client.ts';
import { promptSource } from './compile-prompt.ts';

/** What a conversation is to be read with, to know what its next run would send. */
export const requestSource = {
  ...promptSource,
  messages: {
    where: { inContext: true },
    orderBy: { contextRank: 'asc' },
    include: { step: { include: { toolCalls: { orderBy: { index: 'asc' } } } } },
  },
} satisfies Prisma.ConversationInclude;

export type RequestSource = Prisma.ConversationGetPayload<{ include: typeof requestSource }>;
