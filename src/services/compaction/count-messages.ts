import { NothingToCompactError } from '../../errors.ts';
import type { Change } from '../../events/change.ts';
import type { Prisma } from '../../store/generated/client.ts';

/** How many messages are in the context. Throws NothingToCompactError when all of them have to stay in it. */
export async function countMessages(
  { tx, head: { conversationId } }: Change,
  waitingRunId: string | null,
): Promise<number> {
  const where = { conversationId, inContext: true };
  const said = await tx.message.count({ where: { ...where, position: { gt: 1 }, kind: { not: 'SUMMARY' } } });
  const kept = waitingRunId === null ? 0 : await tx.message.count({ where: { ...where, ...keptFor(waitingRunId) } });
  if (said === kept) throw new NothingToCompactError();
  return tx.message.count({ where });
}

/** The input of a waiting run, and its step with the calls that wait: see `toCompactable`. */
function keptFor(runId: string): Prisma.MessageWhereInput {
  const isOpen = { step: { toolCalls: { some: { finishedAt: null } } } };
  return { runId, OR: [{ stepId: null, kind: { not: 'SUMMARY' } }, isOpen] };
}
