import { NotFoundError, VersionConflictError } from '../errors.ts';
import { typeOfId } from '../ids.ts';
import type { Tx } from '../store/database.ts';
import type { Block } from '../store/generated/client.ts';
import type { Viewer } from './deps.ts';
import { visible } from './visible.ts';

/** The block, which from now on nobody else can change or delete until the transaction ends. */
export async function lockBlock(
  tx: Tx,
  viewer: Viewer,
  id: string,
  expectedVersion?: number | null | undefined,
): Promise<Block> {
  if (typeOfId(id) !== 'Block') throw new NotFoundError(id);
  await tx.$queryRaw`
    SELECT id FROM "Block" WHERE id = ${id} AND "organizationId" = ${viewer.organizationId} FOR NO KEY UPDATE`;
  // Apart from the lock: a statement that waited for one sees everything else as of before it waited.
  const block = await tx.block.findFirst({ where: { id, ...visible.block(viewer) } });
  if (!block) throw new NotFoundError(id);
  if (expectedVersion != null && expectedVersion !== block.version)
    throw new VersionConflictError(expectedVersion, block.version);
  return block;
}
