import type { Deps } from '../deps.ts';

/** How many agents the warning names; it counts the others. */
const MAX_NAMED = 20;

/** Warns of agents whose chosen model is not configured: their runs fail until it is, or until they have another model. */
export async function warnOfMissingModels({ db, models, log }: Pick<Deps, 'db' | 'models' | 'log'>): Promise<void> {
  const where = { deletedAt: null, followsDefaultModel: false };
  const chosen = await db.agent.groupBy({ by: ['model'], where, _count: true });
  const missing = chosen.filter(({ model }) => !models.resolve(model));
  if (missing.length === 0) return;
  const count = missing.reduce((sum, { _count }) => sum + _count, 0);
  const agents = await db.agent.findMany({
    // Each model has an agent, so these are enough of them.
    where: { ...where, model: { in: missing.slice(0, MAX_NAMED).map(({ model }) => model) } },
    select: { id: true, name: true, model: true },
    orderBy: { createdAt: 'desc' },
    take: MAX_NAMED,
  });
  log.warn(
    { count, agents },
    'agents chose a model that is not configured: their runs fail. Configure its provider, or choose another one with updateAgent; model: null follows the default',
  );
}
