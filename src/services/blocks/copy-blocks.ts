import { newId } from '../../ids.ts';
import { asGiven } from '../../key-order.ts';
import type { Tx } from '../../store/database.ts';
import type { Block, Prisma } from '../../store/generated/client.ts';
import type { Viewer } from '../deps.ts';
import { insertBlocks } from './block-rows.ts';

/** Gives a conversation copies of its own of these blocks, as they are now. */
export async function copyBlocks(
  tx: Tx,
  blocks: Block[],
  conversationId: string,
  { id: userId }: Viewer,
): Promise<void> {
  const copies = blocks.map(({ organizationId, label, value, description, limit, readOnly, ...block }) => ({
    id: newId('Block'),
    organizationId,
    label,
    value,
    description,
    limit,
    readOnly,
    isIsolated: true,
    metadata: asGiven(block, 'metadata') as Prisma.JsonObject, // checked when it was written
  }));
  await insertBlocks(tx, copies, { userId });
  await tx.conversationBlock.createMany({
    data: copies.map(({ id: blockId, label }) => ({ conversationId, label, blockId })),
  });
}
