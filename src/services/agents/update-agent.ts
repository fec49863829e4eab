import { z } from 'zod';
import { mergeCompaction } from '../../agent/compaction/settings.ts';
import { NotFoundError } from '../../errors.ts';
import type { Models } from '../../llm/registry.ts';
import { withCopies } from '../../key-order.ts';
import type { Agent } from '../../store/generated/client.ts';
import { Prisma } from '../../store/generated/client.ts';
import { findAgent } from '../access.ts';
import { checkModel } from '../check-model.ts';
import { checkCompaction, compactionOf } from '../compaction/compaction-settings.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { lockRow } from '../lock-row.ts';
import { checkRuleArguments } from '../tools/check-rule-arguments.ts';
import { modelOfAgent } from '../runs/run-settings.ts';
import { agentFields, checkWindow } from './agent-fields.ts';

const UpdateAgent = agentFields.partial().extend({ id: z.string(), model: agentFields.shape.model.nullish() });

/** Changes what is given; null clears what can be null, and is the default model for `model`. Runs that start later have the changes. */
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
    metadata,
    toolRules,
    ...fields
  } = parseInput(UpdateAgent, input);
  const chosen = asked === undefined ? undefined : choose(models, asked);
  const compaction = compactionSettings && checkCompaction(models, compactionSettings, 'compactionSettings');
  const { organizationId } = await findAgent({ db }, viewer, id);
  await checkRuleArguments({ db, tools }, viewer, toolRules ?? [], { agents: { some: { agentId: id } } });
  return db.$transaction(async (tx) => {
    // What the window may be depends on the model, and compaction settings add to what is there: another update may be changing them.
    const at = await lockRow(tx, 'Agent', { id, organizationId });
    const agent = await tx.agent.findFirst({ where: { id, deletedAt: null } });
    if (!agent) throw new NotFoundError(id);
    const before = { ...agent, model: modelOfAgent(models, agent) };
    const isNewWindow = contextWindow !== undefined || (chosen !== undefined && !keepsWindow(models, before, chosen));
    const data = withoutUndefined({
      ...fields,
      ...chosen,
      contextWindow: isNewWindow ? checkWindow(models, chosen ?? before, contextWindow) : undefined,
      ...withCopies({
        compactionSettings: compaction && mergeCompaction(compactionOf(agent), compaction),
        modelSettings: modelSettings === null ? Prisma.DbNull : modelSettings,
        metadata,
        toolRules,
      }),
    });
    if (Object.keys(data).length === 0) return agent;
    return tx.agent.update({ where: { id }, data: { ...data, updatedAt: at } });
  });
}

type Choice = Pick<Agent, 'model' | 'followsDefaultModel'>;

function choose(models: Models, asked: string | null): Choice {
  return { model: checkModel(models, asked ?? models.defaultHandle), followsDefaultModel: asked === null };
}

/** A window that somebody chose holds while the model is the same: that of one model is no measure for another. */
function keepsWindow(models: Models, before: Agent, { model }: Choice): boolean {
  return model === before.model && before.contextWindow < (models.resolve(model)?.contextWindow ?? 0);
}

function withoutUndefined(fields: Record<string, unknown>): Prisma.AgentUpdateInput {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
