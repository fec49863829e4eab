import type { Deps, Viewer } from '../deps.ts';
import { lockTool } from './lock-tool.ts';

/** Takes a client's tool from all agents and hides it for good. Its name is free again. */
export async function deleteTool({ db }: Pick<Deps, 'db'>, viewer: Viewer, id: string): Promise<void> {
  await db.$transaction(async (tx) => {
    await lockTool(tx, viewer, id);
    await tx.agentTool.deleteMany({ where: { toolId: id } });
    await tx.$executeRaw`UPDATE "Tool" SET "deletedAt" = clock_timestamp() WHERE id = ${id}`;
  });
}
