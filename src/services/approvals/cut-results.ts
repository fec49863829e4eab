import { truncate } from '../../agent/truncate.ts';
import type { Change } from '../../events/change.ts';
import type { Run } from '../../store/generated/client.ts';
import { requestOf } from '../runs/run-request.ts';
import { DEFAULT_RETURN_LIMIT } from '../tools/tool.ts';
import type { CallOutcome } from './apply-decisions.ts';

/** What a client hands in is cut at the same limit as what a tool of the server answers. */
export async function cutResults({ tx }: Change, run: Run, outcomes: CallOutcome[]): Promise<CallOutcome[]> {
  const names = outcomes.filter(({ result }) => result !== undefined).map(({ call }) => call.name);
  if (names.length === 0) return outcomes;
  const { organizationId, agentId } = run;
  const attached = await tx.tool.findMany({
    where: { organizationId, name: { in: names }, deletedAt: null, agents: { some: { agentId } } },
  });
  const limits = new Map(attached.map(({ name, returnLimit }) => [name, returnLimit]));
  // What was declared with the message hides a tool of the agent.
  for (const { name } of requestOf(run).clientTools ?? []) limits.delete(name);
  return outcomes.map((outcome) => {
    const { call, result } = outcome;
    const limit = limits.get(call.name) ?? DEFAULT_RETURN_LIMIT;
    return result === undefined ? outcome : { ...outcome, result: truncate(result, limit) };
  });
}
