import { NotFoundError } from '../../errors.ts';
import { typeOfId } from '../../ids.ts';
import { findAgent } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';

/** Takes the tool from the agent, and leaves it to all others. One that the agent does not have is not found. */
export async function detachTool(
  { db }: Pick<Deps, 'db'>,
  viewer: Viewer,
  { agentId, toolId }: { agentId: string; toolId: string },
): Promise<void> {
  await findAgent({ db }, viewer, agentId);
  if (typeOfId(toolId) !== 'Tool') throw new NotFoundError(toolId);
  const { organizationId } = viewer;
  const { count } = await db.agentTool.deleteMany({ where: { agentId, toolId, tool: { organizationId } } });
  if (count === 0) throw new NotFoundError(toolId);
}
