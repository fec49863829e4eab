import { NotFoundError } from '../../errors.ts';
import { typeOfId } from '../../ids.ts';
import { findAgent } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';

/** Takes the block from the agent, and leaves it to all others. One that the agent does not have is not found. */
export async function detachBlock(
  { db }: Pick<Deps, 'db'>,
  viewer: Viewer,
  { agentId, blockId }: { agentId: string; blockId: string },
): Promise<void> {
  await findAgent({ db }, viewer, agentId);
  if (typeOfId(blockId) !== 'Block') throw new NotFoundError(blockId);
  const { count } = await db.agentBlock.deleteMany({ where: { agentId, blockId } });
  if (count === 0) throw new NotFoundError(blockId);
}
