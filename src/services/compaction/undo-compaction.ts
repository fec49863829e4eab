import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { changeConversation } from '../../events/change.ts';
import { typeOfId } from '../../ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import type { Message } from '../../store/generated/client.ts';
import type { Deps, Viewer } from '../deps.ts';
import { requireIdle } from '../runs/require-idle.ts';
import { visible } from '../visible.ts';

/**
 * Puts the messages that a summary stands for back in the context, in its place; the summary stays in the history. The
 * last compaction comes first. Returns the conversation's id.
 */
export async function undoCompaction(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  viewer: Viewer,
  messageId: string,
): Promise<string> {
  const { conversationId } = await findMessage(deps, viewer, messageId);
  await changeConversation(deps, conversationId, async (change) => {
    await requireIdle(change);
    const { tx, append } = change;
    const summary = await findMessage({ db: tx }, viewer, messageId);
    await requireUndoable(tx, summary);
    // In this order: the summary has the rank of the last message that it stands for.
    await tx.message.update({ where: { id: summary.id }, data: { inContext: false } });
    await tx.message.updateMany({
      where: { conversationId, coveredById: summary.id },
      data: { inContext: true, coveredById: null },
    });
    append({ type: 'ContextChanged', runId: null, data: {} });
  });
  return conversationId;
}

async function findMessage({ db }: { db: Db | Tx }, viewer: Viewer, id: string): Promise<Message> {
  const message =
    typeOfId(id) === 'Message' && (await db.message.findFirst({ where: { id, ...visible.message(viewer) } }));
  if (!message) throw new NotFoundError(id);
  return message;
}

async function requireUndoable(tx: Tx, { id, kind, inContext, coveredById }: Message): Promise<void> {
  if (kind !== 'SUMMARY') throw refusal('must be a SummaryMessage');
  if (coveredById !== null) throw refusal(`is part of a later summary: undo ${coveredById} first`);
  if (inContext) return;
  const isUndone = (await tx.message.count({ where: { coveredById: id }, take: 1 })) === 0;
  throw refusal(isUndone ? 'is undone already' : 'left the context with a reset, which stays as it is');
}

const refusal = (message: string) => new InvalidInputError([{ path: ['messageId'], message }]);
