import { isDeepStrictEqual } from 'node:util';
import { InvalidInputError } from '../../errors.ts';
import type { Tx } from '../../store/database.ts';
import type { Block, Prisma } from '../../store/generated/client.ts';
import { lengthOf, tooLong, type BlockFields } from './block.ts';
import { versionOf, type Author } from './block-version.ts';
import type { Locked } from '../lock-row.ts';

/** Changes a locked block and adds to its history. What is the same as before is no change, and gives no version. */
export async function changeBlock(
  tx: Tx,
  block: Locked<Block>,
  fields: { [Name in keyof BlockFields]?: BlockFields[Name] | undefined },
  author: Author,
): Promise<Block> {
  const changes = Object.entries(fields).filter(
    ([name, value]) => value !== undefined && !isDeepStrictEqual(value, block[name as keyof BlockFields]),
  );
  if (changes.length === 0) return block;
  const data: Partial<BlockFields> = Object.fromEntries(changes);
  checkLength(block, data);
  const changed = await tx.block.update({
    where: { id: block.id },
    data: { ...data, version: { increment: 1 }, updatedAt: block.at },
  });
  await tx.blockVersion.create({
    data: versionOf({ ...changed, metadata: changed.metadata as Prisma.JsonObject }, author),
  });
  return changed;
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
