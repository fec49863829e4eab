import { z } from 'zod';
import type { Block } from '../../store/generated/client.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { changeBlock } from './block-rows.ts';
import { blockFields } from './block.ts';
import { lockBlock } from './lock-block.ts';

const UpdateBlock = blockFields.partial().extend({ id: z.string(), expectedVersion: z.int().nullish() });

/** Changes what is given, and returns what came of it. The next run of each agent that has the block sees it. */
export async function updateBlock({ db }: Pick<Deps, 'db'>, viewer: Viewer, input: unknown): Promise<Block> {
  const { id, expectedVersion, ...fields } = parseInput(UpdateBlock, input);
  return db.$transaction(async (tx) => {
    const block = await lockBlock(tx, viewer, id, expectedVersion);
    return changeBlock(tx, block, fields, { userId: viewer.id });
  });
}
