import { NotFoundError } from '../errors.ts';
import type { Prisma } from '../store/generated/client.ts';
import { findAgent } from './access.ts';
import { closeConversation } from './delete-conversation.ts';
import type { Deps, Viewer } from './deps.ts';

/** Hides the agent at once, then deletes its conversations one by one. What a crash leaves is done by the sweep. */
export async function deleteAgent(deps: Pick<Deps, 'db' | 'wakeups'>, viewer: Viewer, id: string): Promise<void> {
  const { db } = deps;
  await findAgent(deps, viewer, id);
  await db.$executeRaw`UPDATE "Agent" SET "deletedAt" = clock_timestamp() WHERE id = ${id} AND "deletedAt" IS NULL`;
  for (const conversationId of await openConversations(deps, { agentId: id })) await close(deps, conversationId);
}

/** Finishes what a process that died left of deleted agents. One conversation that fails does not keep the others. */
export async function sweepDeletedAgents(deps: Pick<Deps, 'db' | 'wakeups' | 'log'>): Promise<void> {
  for (const conversationId of await openConversations(deps, { agent: { deletedAt: { not: null } } })) {
    await close(deps, conversationId).catch((error: unknown) =>
      deps.log.warn({ conversationId, err: error }, 'deleting a conversation of a deleted agent failed; trying again'),
    );
  }
}

async function openConversations({ db }: Pick<Deps, 'db'>, where: Prisma.ConversationWhereInput): Promise<string[]> {
  const conversations = await db.conversation.findMany({ where: { ...where, deletedAt: null }, select: { id: true } });
  return conversations.map(({ id }) => id);
}

async function close(deps: Pick<Deps, 'db' | 'wakeups'>, conversationId: string): Promise<void> {
  await closeConversation(deps, conversationId).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error; // somebody else deleted it just now
  });
}
