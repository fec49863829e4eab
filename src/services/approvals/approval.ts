import type { Tx } from '../../store/database.ts';
import type { ToolCall } from '../../store/generated/client.ts';
import type { Deps } from '../deps.ts';
import { decisionOf } from '../history/stored-decision.ts';

/**
 * Whether a call must not begin before somebody approves it, as the agent has its tools now: that may have been switched
 * on since the model asked for it, and since its worker read them.
 */
export async function lacksApproval(tx: Tx, { tools }: Pick<Deps, 'tools'>, call: ToolCall): Promise<boolean> {
  if (decisionOf(call).approval?.approved) return false;
  const { name, organizationId, runId } = call;
  const attached = await tx.agentTool.findFirst({
    where: { tool: { name, organizationId, deletedAt: null }, agent: { runs: { some: { id: runId } } } },
    include: { tool: true },
  });
  if (!attached) return tools.get(name)?.requiresApproval ?? false;
  return attached.requiresApproval ?? attached.tool.requiresApproval;
}

/** Until when a call that begins to wait now has to be decided; null: it may wait for ever. */
export function approvalDeadline({ approvalTimeoutMs }: Pick<Deps, 'approvalTimeoutMs'>, now: Date): Date | null {
  return approvalTimeoutMs === 0 ? null : new Date(now.getTime() + approvalTimeoutMs);
}
