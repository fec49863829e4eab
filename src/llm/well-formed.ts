export interface TextCleaner {
  push(piece: string): string;
  end(): string;
}

/**
 * Makes the text of a stream storable piece by piece: no U+0000, which PostgreSQL refuses, and no lone surrogates.
 * What `push` and `end` returned, joined, is what `wellFormed` makes of the whole text.
 */
export function createTextCleaner(): TextCleaner {
  let held = '';
  return {
    push(piece) {
      const text = held + piece.replaceAll('\0', '');
      // The other half of an emoji may be in the next piece.
      held = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.slice(-1) : '';
      return (held ? text.slice(0, -1) : text).toWellFormed();
    },
    end() {
      const last = held.toWellFormed();
      held = '';
      return last;
    },
  };
}

export function wellFormed(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
