import { InvalidInputError } from '../../errors.ts';
import { newId } from '../../ids.ts';
import { withCopies } from '../../key-order.ts';
import type { Prisma, Tool } from '../../store/generated/client.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { newTool } from './tool.ts';

/** Creates a tool that the client runs, and that no agent has yet. */
export async function createTool({ db }: Pick<Deps, 'db'>, { organizationId }: Viewer, input: unknown): Promise<Tool> {
  const { parameters, ...fields } = parseInput(newTool, input);
  const data = {
    ...fields,
    ...withCopies({ parameters }),
    id: newId('Tool'),
    organizationId,
    kind: 'CLIENT',
  } satisfies Prisma.ToolCreateManyInput;
  // The index decides: whoever looks for the name first may still not be the first to take it.
  const [tool] = await db.tool.createManyAndReturn({ data: [data], skipDuplicates: true });
  if (tool) return tool;
  const message = `there is a tool ${fields.name} already. Choose another name, or update or delete that one`;
  throw new InvalidInputError([{ path: ['name'], message }]);
}
