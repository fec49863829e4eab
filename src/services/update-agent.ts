import { z } from 'zod';
import type { Agent } from '../store/generated/client.ts';
import { Prisma } from '../store/generated/client.ts';
import { findAgent } from './access.ts';
import { agentFields, checkWindow } from './agent-fields.ts';
import type { Deps, Viewer } from './deps.ts';
import { checkModel, parseInput } from './input.ts';

const UpdateAgent = agentFields.partial().extend({ id: z.string() });

export type UpdateAgentInput = z.input<typeof UpdateAgent>;

/** Changes what is given; null clears what can be null. New instructions and models take effect with the next run. */
export async function updateAgent(
  { db, models }: Pick<Deps, 'db' | 'models'>,
  viewer: Viewer,
  input: UpdateAgentInput,
): Promise<Agent> {
  const { id, modelSettings, ...fields } = parseInput(UpdateAgent, input);
  const agent = await findAgent({ db }, viewer, id);
  const model = fields.model === undefined ? agent.model : checkModel(models, fields.model);
  const isOtherModel = model !== agent.model;
  // The window of one model is no measure for another.
  const contextWindow =
    isOtherModel || fields.contextWindow !== undefined
      ? checkWindow(models, model, fields.contextWindow)
      : agent.contextWindow;
  const given = Object.fromEntries(
    Object.entries({ ...fields, model, contextWindow }).filter(([, value]) => value !== undefined),
  );
  return db.agent.update({
    where: { id, deletedAt: null },
    data: { ...given, ...(modelSettings !== undefined && { modelSettings: modelSettings ?? Prisma.DbNull }) },
  });
}
