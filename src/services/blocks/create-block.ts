import { newId } from '../../ids.ts';
import type { Block } from '../../store/generated/client.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { insertBlocks } from './block-rows.ts';
import { newBlock } from './block.ts';

/** Creates a block that no agent has yet. */
export async function createBlock(
  { db }: Pick<Deps, 'db'>,
  { id: userId, organizationId }: Viewer,
  input: unknown,
): Promise<Block> {
  const block = { ...parseInput(newBlock, input), id: newId('Block'), organizationId };
  return db.$transaction(async (tx) => {
    await insertBlocks(tx, [block], { userId });
    return tx.block.findUniqueOrThrow({ where: { id: block.id } });
  });
}
