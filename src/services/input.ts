import { z } from 'zod';
import { isDeeper, MAX_DEPTH } from '../agent/depth.ts';
import { InvalidInputError } from '../errors.ts';

/** PostgreSQL cannot store U+0000, and lone surrogates are no text. */
export const plainText = z
  .string()
  .refine((text) => !text.includes('\0'), 'must not contain the character U+0000')
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode: it has half of a surrogate pair');

const SHORT = 500;
const LONG = 500_000;

/** Names, labels and the like. */
export const shortText = plainText.max(SHORT, `must not be longer than ${SHORT} characters`);
export const longText = plainText.max(LONG, `must not be longer than ${LONG} characters`);

export const nonEmptyText = longText.refine((text) => text.trim() !== '', 'must not be empty');

/** Every text in it is plain. */
const jsonObject = z
  .unknown()
  .refine((value) => !isDeeper(value, MAX_DEPTH), {
    error: `must not be nested deeper than ${MAX_DEPTH} levels`,
    abort: true,
  })
  // Libraries that copy it would drop the key, and tell nobody.
  .refine((value) => !hasKey(value, '__proto__'), 'must hold no key __proto__')
  .pipe(z.record(z.string(), z.json(), 'must be a JSON object'))
  .refine((value) => plainText.safeParse(textIn(value)).success, 'must hold no U+0000 and no half of a surrogate pair');

function hasKey(value: unknown, key: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => name === key || hasKey(inner, key));
}

function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  // Apart, so that two halves from different places are no pair.
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${textIn(inner)}`)
    .join(' ');
}

/** What a client keeps beside a row, for its own use. */
export const metadata = jsonObject;

const responseFormat = z
  .object({
    type: z.enum(['TEXT', 'JSON_OBJECT', 'JSON_SCHEMA']),
    name: z
      .string()
      .regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters (a to z), digits, _ or -')
      .nullish(),
    schema: jsonObject.nullish(),
    strict: z.boolean().nullish(),
  })
  .superRefine(({ type, ...rest }, context) => {
    for (const field of ['schema', 'name', 'strict'] as const) {
      if (type !== 'JSON_SCHEMA' && rest[field] != null)
        context.addIssue({ code: 'custom', path: [field], message: 'goes with the type JSON_SCHEMA only' });
    }
    if (type === 'JSON_SCHEMA' && rest.schema == null)
      context.addIssue({ code: 'custom', path: ['schema'], message: 'is needed with the type JSON_SCHEMA' });
  });

export const modelSettings = z.object({
  temperature: z.number().min(0).max(2).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  maxOutputTokens: z.int().positive().nullish(),
  reasoningEffort: z.enum(['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']).nullish(),
  parallelToolCalls: z.boolean().nullish(),
  responseFormat: responseFormat.nullish(),
});

/** Returns the validated input, or throws an InvalidInputError that lists every problem with its path. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new InvalidInputError(result.error.issues.map(({ path, message }) => ({ path: path.map(String), message })));
}
