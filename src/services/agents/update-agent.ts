import { z } from 'zod';
import { mergeCompaction } from '../../agent/compaction/settings.ts';
import { NotFoundError } from '../../errors.ts';
import type { Agent } from '../../store/generated/client.ts';
import { Prisma } from '../../store/generated/client.ts';
import { findAgent } from '../access.ts';
import { checkModel } from '../check-model.ts';
import { checkCompaction, compactionOf } from '../compaction/compaction-settings.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { lockRow } from '../lock-row.ts';
import { checkRuleArguments } from '../tools/check-rule-arguments.ts';
import { agentFields, checkWindow } from './agent-fields.ts';

const UpdateAgent = agentFields.partial().extend({ id: z.string() });

/** Changes what is given; null clears what can be null. Runs that start later have the changes. */
export async function updateAgent(
  { db, models, tools }: Pick<Deps, 'db' | 'models' | 'tools'>,
  viewer: Viewer,
  input: unknown,
): Promise<Agent> {
  const {
    id,
    modelSettings,
    compactionSettings,
    model: asked,
    contextWindow,
    ...fields
  } = parseInput(UpdateAgent, input);
  const model = asked === undefined ? undefined : checkModel(models, asked);
  const compaction = compactionSettings && checkCompaction(models, compactionSettings, 'compactionSettings');
  const { organizationId } = await findAgent({ db }, viewer, id);
  await checkRuleArguments({ db, tools }, viewer, fields.toolRules ?? [], { agents: { some: { agentId: id } } });
  return db.$transaction(async (tx) => {
    // What the window may be depends on the model, and compaction settings add to what is there: another update may be changing them.
    const at = await lockRow(tx, 'Agent', { id, organizationId });
    const agent = await tx.agent.findFirst({ where: { id, deletedAt: null } });
    if (!agent) throw new NotFoundError(id);
    // The window of one model is no measure for another.
    const isNewWindow = contextWindow !== undefined || (model !== undefined && model !== agent.model);
    const data = withoutUndefined({
      ...fields,
      model,
      contextWindow: isNewWindow ? checkWindow(models, model ?? agent.model, contextWindow) : undefined,
      compactionSettings: compaction && mergeCompaction(compactionOf(agent), compaction),
      modelSettings: modelSettings === null ? Prisma.DbNull : modelSettings,
    });
    if (Object.keys(data).length === 0) return agent;
    return tx.agent.update({ where: { id }, data: { ...data, updatedAt: at } });
  });
}

function withoutUndefined(fields: Record<string, unknown>): Prisma.AgentUpdateInput {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
