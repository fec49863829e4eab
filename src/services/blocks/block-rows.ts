import { isDeepStrictEqual } from 'node:util';
import { InvalidInputError } from '../../errors.ts';
import { newId } from '../../ids.ts';
import { asGiven, withCopies } from '../../key-order.ts';
import type { Tx } from '../../store/database.ts';
import type { Block, Prisma } from '../../store/generated/client.ts';
import type { Locked } from '../lock-row.ts';
import { lengthOf, tooLong, type BlockFields } from './block.ts';

/** Who makes or changes a block: a user, or an agent by a call of one of its tools. */
type Author = { userId: string } | { agentId: string; toolCallId: string };

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
  await tx.block.createMany({ data: blocks.map(withMetadata) });
  await tx.blockVersion.createMany({ data: blocks.map((block) => versionOf({ ...block, version: 1 }, author)) });
}

/** Changes a locked block and adds to its history. What is the same as before, in whatever order, gives no version. */
export async function changeBlock(
  tx: Tx,
  block: Locked<Block>,
  fields: { [Name in keyof BlockFields]?: BlockFields[Name] | undefined },
  author: Author,
): Promise<Block> {
  const before = { ...block, metadata: asGiven(block, 'metadata') };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const isChange = given.some(([name, value]) => !isDeepStrictEqual(value, before[name as keyof BlockFields]));
  const data: Partial<BlockFields> = withMetadata(Object.fromEntries(given));
  if (!isChange) return isReordered(before, data) ? tx.block.update({ where: { id: block.id }, data }) : block;
  checkLength(block, data);
  const changed = await tx.block.update({
    where: { id: block.id },
    data: { ...data, version: { increment: 1 }, updatedAt: block.at },
  });
  await tx.blockVersion.create({
    data: versionOf({ ...changed, metadata: asGiven(changed, 'metadata') as Prisma.JsonObject }, author),
  });
  return changed;
}

/** Equal metadata with its keys in another order: it is shown as it was given last. */
function isReordered(before: { metadata: unknown }, { metadata = before.metadata }: { metadata?: unknown }): boolean {
  return JSON.stringify(metadata) !== JSON.stringify(before.metadata);
}

function withMetadata<Fields extends { metadata?: unknown }>(fields: Fields): Fields {
  return fields.metadata === undefined ? fields : { ...fields, ...withCopies({ metadata: fields.metadata }) };
}

function checkLength(block: Block, { value, limit }: Partial<BlockFields>): void {
  if (value === undefined && limit === undefined) return;
  const length = lengthOf(value ?? block.value);
  const allowed = limit ?? block.limit;
  if (length <= allowed) return;
  const issue =
    value === undefined
      ? {
          path: ['limit'],
          message: `must not be ${allowed}: the value has ${length} characters (Unicode code points). Shorten it too, or choose a limit of ${length} or more`,
        }
      : { path: ['value'], message: tooLong(length, allowed) };
  throw new InvalidInputError([issue]);
}

/** The row of a block's history that keeps what the block is now. */
function versionOf(
  block: Pick<Block, 'id' | 'organizationId' | 'version' | 'value' | 'description' | 'limit' | 'readOnly'> & {
    metadata: Prisma.InputJsonObject;
  },
  author: Author,
): Prisma.BlockVersionUncheckedCreateInput {
  const { id: blockId, organizationId, version, value, description, limit, readOnly, metadata } = block;
  const state = { value, description, limit, readOnly, ...withCopies({ metadata }) };
  return { id: newId('BlockVersion'), organizationId, blockId, version, ...state, ...author };
}
