import { z } from 'zod';
import { longText, metadata, shortText } from './input.ts';

/** As in the reference system. */
const DEFAULT_LIMIT = 100_000;

/** A block's label becomes a tag of the system prompt. */
const label = shortText.regex(
  /^[\p{L}_][\p{L}\p{N}_./-]*$/u,
  'must begin with a letter, and hold letters, digits and _ . / - only',
);

const Block = z
  .object({
    label,
    value: longText,
    description: longText.nullish(),
    limit: z.int().positive().nullish(),
    readOnly: z.boolean().nullish(),
    metadata: metadata.nullish(),
  })
  .transform(({ limit, readOnly, metadata, description, ...block }) => ({
    ...block,
    description: description ?? null,
    limit: limit ?? DEFAULT_LIMIT,
    readOnly: readOnly ?? false,
    metadata: metadata ?? {},
  }))
  .refine(({ value, limit }) => [...value].length <= limit, {
    path: ['value'],
    message: 'is longer than the limit of the block',
  });

/** The blocks that an agent is created with. */
export const newBlocks = z
  .array(Block)
  .max(100)
  .refine((blocks) => new Set(blocks.map((block) => block.label)).size === blocks.length, 'must not use a label twice');
