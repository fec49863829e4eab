import { z } from 'zod';
import { CALL_IDS, type Dialect, type DialectChoice } from './dialect.ts';
import { DIALECT_NAMES } from './rows.ts';

const Switches = z
  .strictObject({
    callIds: z.enum(Object.keys(CALL_IDS) as (keyof typeof CALL_IDS)[]),
    systemMessages: z.enum(['anywhere', 'first', 'none']),
    alternates: z.boolean(),
    userAfterTool: z.boolean(),
    userNames: z.boolean(),
    images: z.boolean(),
    reasoning: z.enum(['never', 'turn', 'always']),
    thoughtSignatures: z.boolean(),
    callsNeedTools: z.boolean(),
    bareSchemas: z.boolean(),
    thinking: z.enum(['none', 'budget', 'adaptive', 'always', 'bound']),
    maxTokens: z.enum(['max_tokens', 'max_completion_tokens']),
    omits: z.array(z.string()),
  } satisfies { [Switch in keyof Dialect]: z.ZodType<Dialect[Switch]> })
  .partial();

const Choice = z.object({ dialect: z.enum(DIALECT_NAMES).optional(), switches: Switches.optional() });

/** Reads `dialect` and `switches` of an entry of PROVIDERS. Throws with what is wrong. */
export function readChoice(provider: string, choice: unknown): DialectChoice {
  const result = Choice.safeParse(choice);
  if (result.success) return result.data;
  throw new Error(`The dialect of the provider "${provider}" is not valid:\n${z.prettifyError(result.error)}`);
}

/** Switches as JSON; nothing when another version wrote some that this one does not know. */
export function readSwitches(text: string): Partial<Dialect> | undefined {
  return Switches.safeParse(JSON.parse(text)).data as Partial<Dialect> | undefined;
}
