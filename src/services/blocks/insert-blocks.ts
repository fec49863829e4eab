import type { Tx } from '../../store/database.ts';
import type { Prisma } from '../../store/generated/client.ts';
import type { BlockFields } from './block.ts';
import { versionOf, type Author } from './block-version.ts';

interface NewBlock extends Omit<BlockFields, 'metadata'> {
  id: string;
  organizationId: string;
  label: string;
  metadata: Prisma.InputJsonObject;
  isIsolated?: boolean;
}

/** Writes new blocks, and the beginnings of their histories. */
export async function insertBlocks(tx: Tx, blocks: NewBlock[], author: Author): Promise<void> {
  if (blocks.length === 0) return;
  await tx.block.createMany({ data: blocks });
  await tx.blockVersion.createMany({ data: blocks.map((block) => versionOf({ ...block, version: 1 }, author)) });
}
