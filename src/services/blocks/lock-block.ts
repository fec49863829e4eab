import { NotFoundError, VersionConflictError } from '../../errors.ts';
import { typeOfId } from '../../ids.ts';
import type { Tx } from '../../store/database.ts';
import type { Block } from '../../store/generated/client.ts';
import type { Viewer } from '../deps.ts';
import { lockRow, type Locked } from '../lock-row.ts';
import { visible } from '../visible.ts';

/** The block, which from now on nobody else can change or delete until the transaction ends. */
export async function lockBlock(
  tx: Tx,
  viewer: Viewer,
  id: string,
  expectedVersion?: number | null | undefined,
): Promise<Locked<Block>> {
  if (typeOfId(id) !== 'Block') throw new NotFoundError(id);
  const { organizationId } = viewer;
  const at = await lockRow(tx, 'Block', { id, organizationId });
  const block = await tx.block.findFirst({ where: { id, ...visible.block(viewer) } });
  if (!block) throw new NotFoundError(id);
  if (expectedVersion != null && expectedVersion !== block.version)
    throw new VersionConflictError(expectedVersion, block.version);
  return { ...block, at };
}
