import { truncate } from '../../agent/truncate.ts';
import type { Change } from '../../events/change.ts';
import type { Tx } from '../../store/database.ts';
import type { Run, ToolCall } from '../../store/generated/client.ts';
import { requestOf } from '../runs/run-request.ts';
import { DEFAULT_RETURN_LIMIT } from '../tools/tool.ts';
import type { CallOutcome } from './apply-decisions.ts';

/** What a client hands in is cut at the same limit as what a tool of the server answers. */
export async function cutResults({ tx }: Change, run: Run, outcomes: CallOutcome[]): Promise<CallOutcome[]> {
  // What was declared with the message hides a tool of the agent.
  const declared = new Set(requestOf(run).clientTools?.map(({ name }) => name));
  const calls = outcomes.flatMap(({ call, result }) => (result === undefined || declared.has(call.name) ? [] : [call]));
  const limits = await readLimits(tx, run.organizationId, calls);
  return outcomes.map((outcome) => {
    const { call, result } = outcome;
    const limit = limits.get(call.id) ?? DEFAULT_RETURN_LIMIT;
    return result === undefined ? outcome : { ...outcome, result: truncate(result, limit) };
  });
}

/**
 * The limit of each call's tool, by the call's id. The tool may be detached, or deleted, or another may have its name by
 * now: the one that was called is the newest of that name that is not newer than the call.
 */
async function readLimits(tx: Tx, organizationId: string, calls: ToolCall[]): Promise<Map<string, number>> {
  const limits = new Map<string, number>();
  // Those that are there first: an index finds them.
  for (const deletedAt of [null, { not: null }]) {
    const open = calls.filter(({ id }) => !limits.has(id));
    if (open.length === 0) break;
    const tools = await tx.tool.findMany({
      where: { organizationId, deletedAt, name: { in: open.map(({ name }) => name) } },
      orderBy: { createdAt: 'asc' },
    });
    for (const { id, name, createdAt } of open) {
      const tool = tools.findLast((one) => one.name === name && one.createdAt <= createdAt);
      if (tool) limits.set(id, tool.returnLimit);
    }
  }
  return limits;
}
