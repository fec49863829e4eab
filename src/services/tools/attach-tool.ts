import { NotFoundError } from '../../errors.ts';
import { findAgent } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { lockRow } from '../lock-row.ts';
import { keepTools } from './lock-tool.ts';
import { MAX_TOOLS, tooManyTools } from './tool.ts';
import { visible } from '../visible.ts';

/** Gives the agent the tool too. To do it again changes nothing. */
export async function attachTool(
  { db }: Pick<Deps, 'db'>,
  viewer: Viewer,
  { agentId, toolId }: { agentId: string; toolId: string },
): Promise<void> {
  await findAgent({ db }, viewer, agentId);
  const { organizationId } = viewer;
  await db.$transaction(async (tx) => {
    // How many tools the agent has is decided by one at a time; and neither may be deleted meanwhile.
    await lockRow(tx, 'Agent', { id: agentId, organizationId });
    const agent = await tx.agent.findFirst({
      where: { id: agentId, ...visible.agent(viewer) },
      include: { tools: true },
    });
    if (!agent) throw new NotFoundError(agentId);
    const kept = await keepTools(tx, organizationId, [toolId]);
    if (!kept.has(toolId)) throw new NotFoundError(toolId);
    if (agent.tools.some((other) => other.toolId === toolId)) return;
    if (agent.tools.length >= MAX_TOOLS) throw tooManyTools('toolId');
    await tx.agentTool.create({ data: { agentId, toolId } });
  });
}
