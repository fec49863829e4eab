import { newId } from '../../ids.ts';
import type { Block, Prisma } from '../../store/generated/client.ts';

/** Who makes or changes a block: a user, or an agent by a call of one of its tools. */
export type Author = { userId: string } | { agentId: string; toolCallId: string };

/** The row of a block's history that keeps what the block is now. */
export function versionOf(
  block: Pick<Block, 'id' | 'organizationId' | 'version' | 'value' | 'description' | 'limit' | 'readOnly'> & {
    metadata: Prisma.InputJsonObject;
  },
  author: Author,
): Prisma.BlockVersionUncheckedCreateInput {
  const { id: blockId, organizationId, version, value, description, limit, readOnly, metadata } = block;
  const state = { value, description, limit, readOnly, metadata };
  return { id: newId('BlockVersion'), organizationId, blockId, version, ...state, ...author };
}
