import { hash } from 'node:crypto';
import { z } from 'zod';
import { InvalidCursorError } from '../../errors.ts';
import { typeOfId } from '../../ids.ts';
import type { Order, Place } from '../../store/page-statement.ts';

/** An order, with the name that cursors are bound to. */
export interface NamedOrder extends Order {
  name: string;
}

const MARK_LENGTH = 8;

const values = {
  timestamptz: z.iso.datetime().refine((text) => !text.startsWith('0000')),
  text: z.string().refine((text) => text.isWellFormed() && !text.includes('\0')),
  int: z.int32(),
};

/** Opaque to clients: the order, the row's value in it, and its id. The row may move or go after that. */
export function encodeCursor({ name, column }: NamedOrder, row: { id: string }): string {
  const text = JSON.stringify([name, (row as Record<string, unknown>)[column], row.id]);
  return Buffer.from(markOf(text) + text).toString('base64url');
}

export function decodeCursor({ name, type, nulls }: NamedOrder, cursor: string): Place {
  const Cursor = z.tuple([
    z.literal(name),
    nulls ? values[type].nullable() : values[type],
    z.string().refine((id) => typeOfId(id) !== undefined),
  ]);
  try {
    const content = Buffer.from(cursor, 'base64url');
    const [mark, text] = [content.toString('utf8', 0, MARK_LENGTH), content.toString('utf8', MARK_LENGTH)];
    // Decoding passes over what is no base64url: an altered cursor would be taken for another one.
    if (mark !== markOf(text) || content.toString('base64url') !== cursor) throw new InvalidCursorError();
    const [, value, id] = Cursor.parse(JSON.parse(text));
    return { value, id };
  } catch {
    throw new InvalidCursorError(); // whatever is wrong with it, the client's remedy is the same
  }
}

/** Against accidents. Whoever forges one sees no more than the lists that he may see anyway. */
function markOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, MARK_LENGTH);
}
