import { z } from 'zod';
import type { StoredCompactionSettings } from '../../agent/compaction/settings.ts';
import { CompactionFailedError, ConversationBusyError, NothingToCompactError } from '../../errors.ts';
import { changeConversation, type Change } from '../../events/change.ts';
import type { EventData } from '../../events/event-types.ts';
import { newId } from '../../ids.ts';
import type { Db } from '../../store/database.ts';
import type { Run } from '../../store/generated/client.ts';
import { findConversation } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { parseInput } from '../input.ts';
import { insertRunLocked, type NewRun } from '../runs/insert-run.ts';
import { requestOf } from '../runs/run-request.ts';
import { waitForRun } from '../runs/wait-for-run.ts';
import { checkCompaction, compactionSettings } from './compaction-settings.ts';
import { countMessages } from './count-messages.ts';

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
    const count = await countMessages(change, waitingRunId);
    const clientTools = await lastClientTools(change);
    await insertRunLocked(change, { ...run, request: { ...run.request, clientTools } });
    return count;
  });
  if (wait) {
    await waitForRun(deps, run.id);
    await findConversation(deps, viewer, conversationId); // it may have been deleted meanwhile
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

/** The self modes repeat the last call of the agent, tools included: only then has the provider cached what they send. */
async function lastClientTools({ tx, head: { conversationId } }: Change) {
  const last = await tx.run.findFirst({
    where: { conversationId, kind: 'MESSAGE', startedAt: { not: null } },
    orderBy: { queuedSeq: 'desc' },
    select: { request: true, requestAsGiven: true },
  });
  return last && requestOf(last).clientTools;
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
