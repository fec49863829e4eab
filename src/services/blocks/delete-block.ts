import { NotFoundError } from '../../errors.ts';
import { typeOfId } from '../../ids.ts';
import type { Deps, Viewer } from '../deps.ts';
import { lockBlock } from './lock-block.ts';

/** Takes it from all agents and hides it for good. Its history stays. */
export async function deleteBlock(
  { db }: Pick<Deps, 'db'>,
  viewer: Viewer,
  { id, expectedVersion }: { id: string; expectedVersion?: number | null | undefined },
): Promise<void> {
  if (typeOfId(id) !== 'Block') throw new NotFoundError(id);
  const { organizationId } = viewer;
  await db.$transaction(async (tx) => {
    // Before the block itself: in the order in which the end of a conversation takes its copies.
    await tx.$queryRaw`
      SELECT copy."blockId"
      FROM "ConversationBlock" AS copy JOIN "Block" AS block ON block.id = copy."blockId"
      WHERE block.id = ${id} AND block."organizationId" = ${organizationId}
      FOR UPDATE OF copy`;
    await lockBlock(tx, viewer, id, expectedVersion);
    await tx.conversationBlock.deleteMany({ where: { blockId: id } });
    await tx.agentBlock.deleteMany({ where: { blockId: id } });
    await tx.$executeRaw`UPDATE "Block" SET "deletedAt" = clock_timestamp() WHERE id = ${id}`;
  });
}
