import { InvalidInputError } from '../../errors.ts';
import type { Tx } from '../../store/database.ts';
import type { Agent } from '../../store/generated/client.ts';
import { keepTools } from './lock-tool.ts';
import { MAX_TOOLS, tooManyTools } from './tool.ts';

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
