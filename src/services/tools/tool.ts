import { z } from 'zod';
import { builtInTools } from '../../agent/built-in-tools.ts';
import { checkSchema } from '../../agent/check-arguments.ts';
import { InvalidInputError } from '../../errors.ts';
import type { Tool } from '../../store/generated/client.ts';
import { metadata, plainText } from '../input.ts';

/** In Unicode code points, as in the reference system. */
export const DEFAULT_RETURN_LIMIT = 50_000;
export const MAX_RETURN_LIMIT = 1_000_000;
export const MAX_TOOL_DESCRIPTION = 10_000;
/** Of one agent, and of a run, with those that are declared for it: no provider takes more. */
export const MAX_TOOLS = 128;

/** What every provider takes for a name. */
export const TOOL_NAME = '1 to 64 letters of a to z, digits, _ and -';
export const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, `must be ${TOOL_NAME}, in capital or small letters`);

/** Its size and depth are known before anything else goes through it. */
export const parameters = z
  .unknown()
  .superRefine((value, context) => {
    const problem = checkSchema(value);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  })
  .transform((value) => value as z.input<typeof metadata>)
  .pipe(metadata);

/** What may be said of a tool when it is changed: its name stays. */
export const toolFields = z.object({
  description: plainText.max(MAX_TOOL_DESCRIPTION, `must not be longer than ${MAX_TOOL_DESCRIPTION} characters`),
  parameters,
  returnLimit: z.int().min(1, 'must be at least 1').max(MAX_RETURN_LIMIT, `must not be more than ${MAX_RETURN_LIMIT}`),
  requiresApproval: z.boolean(),
});

/** What a client's tool is made of. */
export const newTool = z
  .object({
    name: toolName.refine(
      (name) => !builtInTools.some((tool) => tool.name === name),
      'is the name of a built-in tool; choose another one',
    ),
    description: toolFields.shape.description,
    parameters,
    returnLimit: toolFields.shape.returnLimit.nullish(),
    requiresApproval: toolFields.shape.requiresApproval.nullish(),
  })
  .transform(({ returnLimit, requiresApproval, ...tool }) => ({
    ...tool,
    returnLimit: returnLimit ?? DEFAULT_RETURN_LIMIT,
    requiresApproval: requiresApproval ?? false,
  }));

export function checkIsClients({ kind, name }: Pick<Tool, 'kind' | 'name'>): void {
  if (kind === 'CLIENT') return;
  const message = `${name} is part of the server: it cannot be changed or deleted. Use setToolApproval to decide whether an agent's calls of it need approval, and detachTool to take it from an agent`;
  throw new InvalidInputError([{ path: ['id'], message }]);
}

export function tooManyTools(path: string): InvalidInputError {
  const message = `an agent can have ${MAX_TOOLS} tools at most, the built-in ones among them. Detach some that it does not need`;
  return new InvalidInputError([{ path: [path], message }]);
}
