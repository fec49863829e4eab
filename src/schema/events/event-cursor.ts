import { InvalidCursorError } from '../../errors.ts';
import type { Head } from '../../store/read-heads.ts';

const CURSOR = /^(conv-[0-9a-f-]{36}):(0|[1-9]\d{0,9})$/;

/** The place just after an event. */
export function encodeEventPlace(conversationId: string, seq: number): string {
  return Buffer.from(`${conversationId}:${seq}`).toString('base64url');
}

/** Where to follow from after reading the conversation: everything unfinished comes after it. */
export function encodeEventCursor(head: Head): string {
  return encodeEventPlace(head.conversationId, openPlace(head));
}

export function openPlace({ openSeq, lastEventSeq }: Head): number {
  return openSeq === null ? lastEventSeq : openSeq - 1;
}

/** The seq after which to follow. A cursor of another conversation, or beyond the end of its log, is refused. */
export function decodeEventCursor(cursor: string, { conversationId, lastEventSeq }: Head): number {
  const [, from, digits] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const seq = Number(digits);
  // Base64 is read leniently: another spelling of a place is no cursor of ours.
  const isOurs = from === conversationId && cursor === encodeEventPlace(conversationId, seq);
  if (!isOurs || seq > lastEventSeq) throw new InvalidCursorError();
  return seq;
}
