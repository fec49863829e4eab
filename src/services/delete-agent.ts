import { NotFoundError } from '../errors.ts';
import type { Agent } from '../store/generated/client.ts';
import { findAgent } from './access.ts';
import { closeConversation } from './delete-conversation.ts';
import type { Deps, Viewer } from './deps.ts';

/** Hides the agent and its conversations at once, then ends them one by one. What a crash leaves is done by the sweep. */
export async function deleteAgent(deps: Pick<Deps, 'db' | 'wakeups'>, viewer: Viewer, id: string): Promise<void> {
  const agent = await findAgent(deps, viewer, id);
  await deps.db
    .$executeRaw`UPDATE "Agent" SET "deletedAt" = clock_timestamp() WHERE id = ${id} AND "deletedAt" IS NULL`;
  await closeConversations(deps, agent);
}

/** Finishes what a process that died left of deleted agents. One that fails does not keep the others. */
export async function sweepDeletedAgents(deps: Pick<Deps, 'db' | 'wakeups' | 'log'>): Promise<void> {
  const left = await deps.db.agent.findMany({
    where: { deletedAt: { not: null }, sweptAt: null },
    select: { id: true, organizationId: true },
  });
  for (const agent of left) {
    await closeConversations(deps, agent).catch((error: unknown) =>
      deps.log.warn(
        { agentId: agent.id, err: error },
        'deleting the conversations of a deleted agent failed; trying again',
      ),
    );
  }
}

async function closeConversations(
  { db, wakeups }: Pick<Deps, 'db' | 'wakeups'>,
  { id: agentId, organizationId }: Pick<Agent, 'id' | 'organizationId'>,
): Promise<void> {
  // All at once for whoever lists them. Not in the transaction that marks the agent: runs that end lock both rows too.
  await db.$executeRaw`
    UPDATE "Conversation" SET "deletedAt" = clock_timestamp()
    WHERE "organizationId" = ${organizationId} AND "agentId" = ${agentId} AND "deletedAt" IS NULL`;
  const open = await db.conversationHead.findMany({
    where: { closed: false, conversation: { agentId, deletedAt: { not: null } } },
    select: { conversationId: true },
  });
  for (const { conversationId } of open) {
    await closeConversation({ db, wakeups }, conversationId).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error; // somebody else deleted it just now
    });
  }
  await db.$executeRaw`UPDATE "Agent" SET "sweptAt" = clock_timestamp() WHERE id = ${agentId}`;
}
