import { NotFoundError } from '../../errors.ts';
import { typeOfId } from '../../ids.ts';
import { findAgent } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';

interface SetToolApprovalInput {
  agentId: string;
  toolId: string;
  requiresApproval?: boolean | null | undefined;
}

/** Whether this agent's calls of the tool need approval; null: as the tool says, now and when it is changed. */
export async function setToolApproval(
  { db }: Pick<Deps, 'db'>,
  viewer: Viewer,
  { agentId, toolId, requiresApproval = null }: SetToolApprovalInput,
): Promise<void> {
  await findAgent({ db }, viewer, agentId);
  if (typeOfId(toolId) !== 'Tool') throw new NotFoundError(toolId);
  const { organizationId } = viewer;
  const { count } = await db.agentTool.updateMany({
    where: { agentId, toolId, tool: { organizationId } },
    data: { requiresApproval },
  });
  if (count === 0) throw new NotFoundError(toolId);
}
