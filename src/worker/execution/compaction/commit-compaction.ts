import { CompactionError } from '../../../agent/compaction/compact.ts';
import type { Compacted } from '../../../agent/compaction/task.ts';
import type { CompactionStats } from '../../../compaction-stats.ts';
import type { MessageContent } from '../../../agent/message.ts';
import { changeHeldRun, type Change, type Hold } from '../../../events/change.ts';
import { addedUsage } from '../../../services/runs/added-usage.ts';
import { promptOf, promptSource, writePrompt } from '../../../services/history/compile-prompt.ts';
import type { Deps } from '../../../services/deps.ts';
import { endRun } from '../../../services/runs/end-run.ts';
import { asSetUp, type RunSetup } from '../../../services/runs/run-setup.ts';
import type { PreparedRun } from '../read-run.ts';
import { announceRestart } from '../restart-step.ts';

/**
 * Puts the summary in the place of what it stands for, all in one transaction, or throws CompactionError when the
 * context is not the one that was summarized. The system prompt is made anew with it, of the run's instructions and of
 * memory as it is: the provider's cache is lost anyway. A run that does nothing else ends with it.
 */
export async function commitCompaction(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  hold: Hold,
  { kind, setup }: Pick<PreparedRun, 'kind' | 'setup'>,
  { messageId, compacted, stats }: { messageId: string; compacted: Compacted; stats: CompactionStats },
): Promise<void> {
  const { runId } = hold;
  await changeHeldRun(deps, hold, async (change) => {
    const { tx, head, append } = change;
    // Only the answer to its COMMIT was lost.
    if (await tx.message.findUnique({ where: { id: messageId } })) return;
    const contextRank = await evict(change, compacted, messageId);
    const position = ++head.lastPosition;
    const keptFromPosition = await firstKept(change);
    const { summary } = compacted;
    const content: MessageContent['SUMMARY'] = { summary, stats, keptFromPosition };
    const { organizationId, conversationId } = head;
    const place = { position, contextRank, inContext: true };
    await tx.message.create({
      data: { id: messageId, organizationId, conversationId, runId, kind: 'SUMMARY', content, ...place },
    });
    append({ type: 'MessageAdded', runId, data: { messageId } });
    const data = { messageId, stats, keptFromPosition: keptFromPosition ?? position };
    append({ type: 'CompactionFinished', runId, data });
    const source = { where: { id: conversationId }, include: promptSource };
    const kept = (kind === 'COMPACTION' && (await waitingSetup(change))) || setup;
    await writePrompt(change, promptOf(asSetUp(await tx.conversation.findUniqueOrThrow(source), kept)));
    await tx.$executeRaw`UPDATE "Run" SET ${addedUsage(compacted.usage, null)} WHERE id = ${runId}`;
    if (head.openSeq !== null) await announceRestart(change, runId, 'The context was too long.');
    if (kind === 'COMPACTION') await endRun(change, runId, { status: 'COMPLETED', stopReason: 'END_TURN' });
  });
}

/** The setup of the run whose turn a requested compaction has taken: it resumes under the prompt that is written now. */
async function waitingSetup({ tx, head: { conversationId } }: Change): Promise<RunSetup | undefined> {
  const [waiting] = await tx.$queryRaw<{ setup: RunSetup }[]>`
    SELECT setup
    FROM "Run"
    WHERE "conversationId" = ${conversationId} AND status IN ('QUEUED', 'REQUIRES_ACTION') AND setup IS NOT NULL`;
  return waiting?.setup;
}

/** Takes the messages out of the context, and returns the place that the last of them had there. */
async function evict(
  { tx, head: { conversationId } }: Change,
  { evicted: ids, usage }: Compacted,
  messageId: string,
): Promise<number> {
  const evicted = await tx.$queryRaw<{ contextRank: number }[]>`
    UPDATE "Message" SET "inContext" = false, "coveredById" = ${messageId}
    WHERE id = ANY(${ids}::text[]) AND "conversationId" = ${conversationId} AND "inContext" RETURNING "contextRank"`;
  if (evicted.length !== ids.length) {
    const message = 'The context was changed while it was summarized. Try again.';
    throw new CompactionError('COMPACTION_FAILED', message, { usage });
  }
  return evicted.reduce((last, { contextRank }) => Math.max(last, contextRank), 0);
}

async function firstKept({ tx, head: { conversationId } }: Change): Promise<number | null> {
  const where = { conversationId, inContext: true, position: { gt: 1 }, kind: { not: 'SUMMARY' as const } };
  const { _min } = await tx.message.aggregate({ where, _min: { position: true } });
  return _min.position;
}
