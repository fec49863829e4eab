import { z } from 'zod';
import type { StoredCompactionSettings } from '../../agent/compaction/settings.ts';
import { CompactionFailedError, ConversationBusyError, NothingToCompactError } from '../../errors.ts';
import { changeConversation, type Change } from '../../events/change.ts';
import type { EventData } from '../../events/event-types.ts';
import { newId } from '../../ids.ts';
import type { Db } from '../../store/database.ts';
import type { Prisma, Run } from '../../store/generated/client.ts';
import { findConversation } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { insertRunLocked, type NewRun } from '../runs/insert-run.ts';
import { waitForRun } from '../runs/wait-for-run.ts';
import { checkCompaction, compactionSettings } from './compaction-settings.ts';

const CompactConversation = z.object({
  conversationId: z.string(),
  settings: compactionSettings.nullish(),
  wait: z.boolean().nullish(),
});

/** What is known when the mutation answers. */
export interface CompactionRequest {
  runId: string;
  conversationId: string;
  messagesBefore: number;
}

/**
 * Commits a run that compacts a conversation which is idle or waits for decisions. With `wait`, returns when it has ended,
 * or a minute has passed, and throws CompactionFailedError when nothing came of it.
 */
export async function compactConversation(deps: Deps, viewer: Viewer, input: unknown): Promise<CompactionRequest> {
  const { conversationId, settings, wait } = parseInput(CompactConversation, input);
  const conversation = await findConversation(deps, viewer, conversationId);
  const run = draftRun(conversation, checkCompaction(deps.models, settings ?? {}, 'settings'));
  const messagesBefore = await changeConversation(deps, conversation.id, async (change) => {
    const waitingRunId = await takeTurn(change);
    const count = await countContext(change, waitingRunId);
    await insertRunLocked(change, run);
    return count;
  });
  if (wait) {
    await waitForRun(deps, run.id);
    await requireSuccess(deps, run.id, messagesBefore);
  }
  return { runId: run.id, conversationId: conversation.id, messagesBefore };
}

/** Takes the turn from a run that waits for decisions, and returns its id: it has its turn again when the compaction ends. */
async function takeTurn({ tx, head }: Change): Promise<string | null> {
  const { activeRunId: id } = head;
  if (id === null) return null;
  const { status } = await tx.run.findUniqueOrThrow({ where: { id } });
  if (status !== 'REQUIRES_ACTION') throw new ConversationBusyError(id);
  head.activeRunId = null;
  return id;
}

async function countContext({ tx, head: { conversationId } }: Change, waitingRunId: string | null): Promise<number> {
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

async function requireSuccess({ db }: Pick<Deps, 'db'>, id: string, messagesBefore: number): Promise<void> {
  const run = await db.run.findUniqueOrThrow({ where: { id } });
  const { status, errorCode, errorMessage } = run;
  if (errorCode === 'NOTHING_TO_COMPACT') throw new NothingToCompactError();
  if (status === 'FAILED')
    throw new CompactionFailedError(errorMessage ?? '', messagesBefore, await readMessagesAfter(db, run));
  if (status === 'CANCELLED') throw new CompactionFailedError('The compaction was cancelled.', messagesBefore);
}

/** The log has it: a run keeps no more of its failure than what people are told. */
async function readMessagesAfter(db: Db, { id, conversationId, firstEventSeq }: Run): Promise<number | null> {
  const failure = await db.conversationEvent.findFirst({
    where: { conversationId, runId: id, type: 'CompactionFailed', seq: { gt: firstEventSeq } },
    orderBy: { seq: 'desc' },
  });
  return (failure?.data as EventData['CompactionFailed'] | undefined)?.messagesAfter ?? null;
}

function draftRun(
  { id: conversationId, organizationId, agentId }: { id: string; organizationId: string; agentId: string },
  compaction: StoredCompactionSettings,
): NewRun {
  const nothing = { model: null, modelSettings: null, system: null, clientTools: null };
  return {
    id: newId('Run'),
    kind: 'COMPACTION',
    organizationId,
    agentId,
    conversationId,
    idempotencyKey: null,
    requestHash: '',
    request: { ...nothing, maxSteps: 0, compaction },
    callbackUrl: null,
    messages: [],
    images: [],
  };
}
