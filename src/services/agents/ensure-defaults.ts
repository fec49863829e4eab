import { newId } from '../../ids.ts';
import type { Models } from '../../llm/registry.ts';
import type { Tx } from '../../store/database.ts';
import type { Deps, Viewer } from '../deps.ts';
import { ensureBuiltInTools } from '../tools/ensure-built-in-tools.ts';
import { draftAgent, insertAgent } from './create-agent.ts';

/** Any number that no other advisory lock of this database uses. */
const LOCK = 7_213_001;

const FIRST_AGENT = {
  name: 'Parley',
  description: 'Made on the first start, to try things with.',
  blocks: [
    { label: 'persona', description: 'Who you are, and how you talk.', value: 'I am Parley. I am friendly and brief.' },
    { label: 'human', description: 'What you know of the person you talk to.', value: '' },
  ],
};

/**
 * The one viewer of a server without authentication. The first start makes its organization, and an agent to talk to.
 * Every start brings the built-in tools of all organizations up to date.
 */
export async function ensureDefaults({ db, models }: Pick<Deps, 'db' | 'models'>): Promise<Viewer> {
  return db.$transaction(async (tx) => {
    // Several processes may see an empty database at once.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK})`;
    const earlier = await tx.user.findFirst({ orderBy: { id: 'asc' } });
    if (earlier) {
      const organizations = await tx.organization.findMany({ select: { id: true } });
      await ensureBuiltInTools(
        tx,
        organizations.map(({ id }) => id),
      );
      return earlier;
    }
    return insertOrganization(tx, models, { name: 'Default', userName: 'Default user' });
  });
}

/** A new organization: one user, the built-in tools, and a first agent to talk to. */
export async function insertOrganization(
  tx: Tx,
  models: Models,
  { name, userName }: { name: string; userName: string },
): Promise<Viewer> {
  const { id: organizationId } = await tx.organization.create({ data: { id: newId('Organization'), name } });
  const user = await tx.user.create({ data: { id: newId('User'), organizationId, name: userName } });
  await ensureBuiltInTools(tx, [organizationId]);
  await insertAgent(tx, draftAgent(models, user, FIRST_AGENT));
  return user;
}
