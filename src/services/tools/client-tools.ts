import { z } from 'zod';
import { InvalidInputError } from '../../errors.ts';
import type { Deps } from '../deps.ts';
import { MAX_TOOLS, parameters, toolFields, toolName } from './tool.ts';

/** Of all schemas of one message together: to check them takes time in which the process does nothing else. */
const MAX_CHARACTERS = 250_000;

/** The tools that are declared with one message, for its run only. */
export const clientTools = z
  .array(
    z
      .object({ name: toolName, description: toolFields.shape.description.nullish(), parameters: z.unknown() })
      .transform(({ description, ...tool }) => ({ ...tool, description: description ?? '' })),
  )
  .max(MAX_TOOLS)
  .refine((tools) => new Set(tools.map(({ name }) => name)).size === tools.length, 'must not use a name twice')
  .refine(isShort, `must not be longer than ${MAX_CHARACTERS} characters as JSON, all of them together`)
  .pipe(z.array(z.object({ name: z.string(), description: z.string(), parameters })));

/** Throws when the model would get more tools than providers take: those that are declared, and those of the agent that they do not hide. */
export async function checkToolCount(
  { db }: Pick<Deps, 'db'>,
  agentId: string,
  declared: readonly { name: string }[] | null,
): Promise<void> {
  if (declared === null) return;
  const hidden = declared.map(({ name }) => name);
  const others = await db.agentTool.count({ where: { agentId, tool: { name: { notIn: hidden } } } });
  const total = others + declared.length;
  if (total <= MAX_TOOLS) return;
  const message = `the agent has ${others} other tools, and ${declared.length} are declared here: ${total}, where ${MAX_TOOLS} together are allowed. Declare fewer, or detach some from the agent`;
  throw new InvalidInputError([{ path: ['clientTools'], message }]);
}

function isShort(tools: unknown[]): boolean {
  try {
    return JSON.stringify(tools).length <= MAX_CHARACTERS;
  } catch {
    return false; // nested so deeply that it cannot even be written
  }
}
