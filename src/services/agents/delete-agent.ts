import { NotFoundError } from '../../errors.ts';
import type { Agent } from '../../store/generated/client.ts';
import { findAgent } from '../access.ts';
import { closeConversation } from '../conversations/delete-conversation.ts';
import type { Deps, Viewer } from '../deps.ts';

const BATCH = 500;
/** Whoever deletes an agent waits no longer than this; what is left then is the sweep's. */
const PATIENCE_MS = 60_000;

/** Hides the agent at once; its conversations end and go one by one, each with its runs. What a crash leaves is done by the sweep. */
export async function deleteAgent(
  deps: Pick<Deps, 'db' | 'wakeups' | 'log'>,
  viewer: Viewer,
  id: string,
): Promise<void> {
  const agent = await findAgent(deps, viewer, id);
  await deps.db.$executeRaw`
    UPDATE "Agent"
    SET "deletedAt" = clock_timestamp()
    WHERE id = ${id} AND "deletedAt" IS NULL`;
  await closeConversations(deps, agent, AbortSignal.timeout(PATIENCE_MS));
}

/**
 * Finishes what others left of deleted agents. One that fails does not keep the others. Whoever is still at it is not
 * waited for, as nobody knows whether they live: of two that close a conversation the second finds it closed.
 */
export async function sweepDeletedAgents(
  deps: Pick<Deps, 'db' | 'wakeups' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const left = await deps.db.$queryRaw<Pick<Agent, 'id' | 'organizationId'>[]>`
    SELECT id, "organizationId"
    FROM "Agent"
    WHERE "deletedAt" IS NOT NULL AND "sweptAt" IS NULL`;
  for (const agent of left) await closeConversations(deps, agent, signal);
}

/** By id, so that one that cannot be closed now is passed over, and left to the next sweep. */
async function closeConversations(
  deps: Pick<Deps, 'db' | 'wakeups' | 'log'>,
  { id: agentId, organizationId }: Pick<Agent, 'id' | 'organizationId'>,
  signal: AbortSignal,
): Promise<void> {
  const { db, log } = deps;
  let failures = 0;
  for (let after = ''; !signal.aborted;) {
    const open = await db.conversation.findMany({
      where: { organizationId, agentId, deletedAt: null, id: { gt: after } },
      orderBy: { id: 'asc' },
      take: BATCH,
    });
    for (const { id: conversationId } of open) {
      if (signal.aborted) return;
      await closeConversation(deps, conversationId).catch((error: unknown) => {
        if (error instanceof NotFoundError) return; // somebody else deleted it just now
        failures += 1;
        log.warn({ conversationId, err: error }, 'deleting a conversation of a deleted agent failed; trying again');
      });
    }
    after = open.at(-1)?.id ?? '';
    if (after !== '') continue;
    if (failures === 0) await db.$executeRaw`UPDATE "Agent" SET "sweptAt" = clock_timestamp() WHERE id = ${agentId}`;
    return;
  }
}
