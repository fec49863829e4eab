import { z } from 'zod';
import { longText, metadata, plainText, shortText } from '../input.ts';

/** As in the reference system. */
export const DEFAULT_BLOCK_LIMIT = 100_000;
export const MAX_BLOCK_LIMIT = 500_000;
/** Of one agent. */
export const MAX_BLOCKS = 100;

/** A block's label becomes a tag of the system prompt. */
const label = shortText.regex(
  /^[\p{L}_][\p{L}\p{N}_./-]*$/u,
  'must begin with a letter, and hold letters, digits and _ . / - only',
);

/** What may be said of a block when it is changed: its label stays. */
export const blockFields = z.object({
  value: plainText,
  description: longText.nullable(),
  limit: z.int().positive().max(MAX_BLOCK_LIMIT, `must not be more than ${MAX_BLOCK_LIMIT}`),
  readOnly: z.boolean(),
  metadata,
});

export type BlockFields = z.output<typeof blockFields>;

/** What a block is made of. */
export const newBlock = z
  .object({
    label,
    value: blockFields.shape.value,
    description: blockFields.shape.description.optional(),
    limit: blockFields.shape.limit.nullish(),
    readOnly: blockFields.shape.readOnly.nullish(),
    metadata: metadata.nullish(),
  })
  .transform(({ limit, readOnly, metadata, description, ...block }) => ({
    ...block,
    description: description ?? null,
    limit: limit ?? DEFAULT_BLOCK_LIMIT,
    readOnly: readOnly ?? false,
    metadata: metadata ?? {},
  }))
  .superRefine(({ value, limit }, context) => {
    const length = lengthOf(value);
    if (length > limit) context.addIssue({ code: 'custom', path: ['value'], message: tooLong(length, limit) });
  });

/** The blocks that an agent is created with. */
export const newBlocks = z
  .array(newBlock)
  .max(MAX_BLOCKS)
  .refine((blocks) => new Set(blocks.map((block) => block.label)).size === blocks.length, 'must not use a label twice');

export const tooLong = (length: number, limit: number) =>
  `has ${length} characters (Unicode code points), which is more than the limit of the block, ${limit}`;

/** In Unicode code points. */
export const lengthOf = (text: string) => [...text].length;
