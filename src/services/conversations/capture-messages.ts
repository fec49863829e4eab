import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { InvalidInputError } from '../../errors.ts';
import { changeConversation, type Change } from '../../events/change.ts';
import { newId } from '../../ids.ts';
import { findConversation } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { addMessages, type NewMessage } from '../history/message-rows.ts';
import { nonEmptyText, parseInput, shortText } from '../input.ts';
import { requireIdle } from '../runs/require-idle.ts';

const Captured = z
  .object({
    role: z.enum(['USER', 'ASSISTANT', 'SYSTEM']),
    text: nonEmptyText,
    name: shortText.nullish(),
    otid: shortText.min(1, 'must not be empty').nullish(),
    senderId: shortText.nullish(),
    groupId: shortText.nullish(),
  })
  .refine(({ role, name }) => role === 'USER' || name == null, { path: ['name'], message: 'goes with the role USER' });

/** Messages of one mutation. */
export const MAX_CAPTURED = 100;

const Capture = z.object({
  conversationId: z.string(),
  messages: z
    .array(Captured)
    .min(1, 'must not be empty')
    .max(MAX_CAPTURED)
    .refine((messages) => {
      const otids = messages.flatMap(({ otid }) => otid ?? []);
      return new Set(otids).size === otids.length;
    }, 'must not use an otid twice'),
});

type DraftMessage = NewMessage & { id: string; otid: string | null };

/**
 * Adds an exchange that happened elsewhere to the history and the context, all of it or nothing, without a run. A
 * repeat, told by the otids, writes nothing. Returns the ids of the messages, in order.
 */
export async function captureMessages(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  viewer: Viewer,
  input: unknown,
): Promise<{ id: string; messageIds: string[] }> {
  const { conversationId, messages } = parseInput(Capture, input);
  const { id, organizationId } = await findConversation(deps, viewer, conversationId);
  const drafts = messages.map(toMessage);
  const messageIds = await changeConversation(deps, id, async (change) => {
    // Before anything is refused, as with a send: a repeat is told what it was told the first time.
    const earlier = await findEarlier(change, drafts);
    if (earlier) return earlier;
    await requireIdle(change);
    await addMessages(change, organizationId, drafts);
    await change.tx.$executeRaw`
      UPDATE "Conversation"
      SET "lastMessageAt" = now.at,
        "lastActivityAt" = GREATEST("lastActivityAt", now.at)
      FROM (SELECT clock_timestamp() AS at) AS now
      WHERE id = ${id}`;
    return drafts.map((draft) => draft.id);
  });
  return { id, messageIds };
}

function toMessage({ role, text, name, ...about }: z.output<typeof Captured>): DraftMessage {
  const { otid = null, senderId = null, groupId = null } = about;
  const message = { id: newId('Message'), otid, senderId, groupId };
  switch (role) {
    case 'USER':
      return { ...message, kind: role, content: { parts: [{ text }], ...(name && { name }) } };
    case 'ASSISTANT':
      return { ...message, kind: role, content: { text, model: '', isPartial: false } };
    case 'SYSTEM':
      return { ...message, kind: role, content: { text } };
  }
}

/** The messages of an earlier capture, when this is a repeat of it. An otid that is there, but not as a repeat, is refused. */
async function findEarlier({ tx, head }: Change, drafts: DraftMessage[]): Promise<string[] | undefined> {
  const otids = drafts.flatMap(({ otid }) => otid ?? []);
  if (otids.length === 0) return undefined;
  const known = await tx.message.findMany({
    where: { conversationId: head.conversationId, otid: { in: otids }, position: { not: null } },
    orderBy: { position: 'asc' },
  });
  if (known.length === 0) return undefined;
  const isRepeat =
    known.length === drafts.length &&
    known.every(({ otid, kind, content }, index) => {
      const draft = drafts[index];
      return otid === draft?.otid && kind === draft.kind && isDeepStrictEqual(content, draft.content);
    });
  if (isRepeat) return known.map(({ id }) => id);
  throw new InvalidInputError(
    drafts.flatMap(({ otid }, index) =>
      known.some((one) => one.otid === otid) ? [{ path: ['messages', String(index), 'otid'], message: TAKEN }] : [],
    ),
  );
}

const TAKEN =
  'a message of this conversation has it, and this is no repeat of the capture that brought it; use a new one';
