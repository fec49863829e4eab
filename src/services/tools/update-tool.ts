import { z } from 'zod';
import { withCopies } from '../../key-order.ts';
import type { Prisma, Tool } from '../../store/generated/client.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { lockTool } from './lock-tool.ts';
import { toolFields } from './tool.ts';

const UpdateTool = toolFields.partial().extend({ id: z.string() });

/** Changes what is given of a client's tool. Runs that start later see it. */
export async function updateTool({ db }: Pick<Deps, 'db'>, viewer: Viewer, input: unknown): Promise<Tool> {
  const { id, parameters, ...fields } = parseInput(UpdateTool, input);
  const given = Object.entries({ ...fields, ...withCopies({ parameters }) }).filter(([, value]) => value !== undefined);
  return db.$transaction(async (tx) => {
    const tool = await lockTool(tx, viewer, id);
    if (given.length === 0) return tool;
    return tx.tool.update({
      where: { id },
      data: { ...(Object.fromEntries(given) as Prisma.ToolUpdateInput), updatedAt: tool.at },
    });
  });
}
