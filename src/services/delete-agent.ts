import { NotFoundError } from '../errors.ts';
import { findAgent } from './access.ts';
import { closeConversation } from './delete-conversation.ts';
import type { Deps, Viewer } from './deps.ts';

/** Hides the agent at once, then deletes its conversations one by one. What a crash leaves is done by the sweep. */
export async function deleteAgent(deps: Pick<Deps, 'db' | 'wakeups'>, viewer: Viewer, id: string): Promise<void> {
  const { db } = deps;
  await findAgent(deps, viewer, id);
  await db.$executeRaw`UPDATE "Agent" SET "deletedAt" = clock_timestamp() WHERE id = ${id} AND "deletedAt" IS NULL`;
  await closeConversationsOf(deps, { agentId: id });
}

/** Finishes what a process that died left of deleted agents. */
export async function sweepDeletedAgents(deps: Pick<Deps, 'db' | 'wakeups'>): Promise<void> {
  await closeConversationsOf(deps, { agent: { deletedAt: { not: null } } });
}

async function closeConversationsOf(
  deps: Pick<Deps, 'db' | 'wakeups'>,
  where: { agentId: string } | { agent: { deletedAt: { not: null } } },
) {
  const conversations = await deps.db.conversation.findMany({
    where: { ...where, deletedAt: null },
    select: { id: true },
  });
  for (const conversation of conversations) {
    await closeConversation(deps, conversation.id).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error; // somebody else deleted it just now
    });
  }
}
