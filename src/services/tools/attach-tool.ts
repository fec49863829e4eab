import { InvalidInputError, NotFoundError } from '../../errors.ts';
import type { Tx } from '../../store/database.ts';
import type { Agent } from '../../store/generated/client.ts';
import { findAgent } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { lockRow } from '../lock-row.ts';
import { visible } from '../visible.ts';
import { keepTools } from './lock-tool.ts';
import { MAX_TOOLS, tooManyTools } from './tool.ts';

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

interface FirstTools {
  includeBaseTools: boolean;
  toolIds: readonly string[];
}

/** Gives a new agent its tools: those that are named, and the built-in ones unless they are not wanted. */
export async function attachTools(
  tx: Tx,
  { id: agentId, organizationId }: Agent,
  { includeBaseTools, toolIds }: FirstTools,
): Promise<void> {
  const kept = await keepTools(tx, organizationId, toolIds);
  const missing = toolIds.flatMap((id, index) =>
    kept.has(id) ? [] : [{ path: ['toolIds', `${index}`], message: 'there is no tool with this id' }],
  );
  if (missing.length > 0) throw new InvalidInputError(missing);
  const builtIn = includeBaseTools
    ? await tx.tool.findMany({ where: { organizationId, kind: 'BUILT_IN', deletedAt: null }, select: { id: true } })
    : [];
  const all = new Set([...builtIn.map(({ id }) => id), ...kept]);
  if (all.size > MAX_TOOLS) throw tooManyTools('toolIds');
  await tx.agentTool.createMany({ data: [...all].map((toolId) => ({ agentId, toolId })) });
}
