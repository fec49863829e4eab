export interface Piece {
  type: 'text' | 'reasoning';
  text: string;
}

const OPEN = '<think>';
const CLOSE = '</think>';

/** White space is held back until it is known what it stands before: so much, and not without end. */
const MOST_HELD = 1000;

/**
 * Takes `<think>…</think>` at the beginning of a text apart as reasoning, however the text is cut; one block may follow
 * another. White space around the tags goes. Anywhere else the tags are text: an answer may be about them.
 */
export function createThoughtSplitter() {
  let place: 'start' | 'inside' | 'after' | 'text' = 'start';
  let held = '';
  /** Nothing of the block was given out yet. */
  let isFresh = true;

  function push(piece: string): Piece[] {
    const pieces: Piece[] = [];
    let rest = held + piece;
    held = '';
    while (rest !== '') {
      if (place === 'text') {
        pieces.push({ type: 'text', text: rest });
        break;
      }
      rest = place === 'inside' ? think(rest, pieces) : begin(rest);
    }
    return pieces;
  }

  /** Before a block or the text: returns what is left to read. */
  function begin(rest: string): string {
    const trimmed = rest.trimStart();
    if (trimmed.startsWith(OPEN)) {
      [place, isFresh] = ['inside', true];
      return trimmed.slice(OPEN.length);
    }
    if (OPEN.startsWith(trimmed) && rest.length < MOST_HELD) {
      held = rest;
      return '';
    }
    const text = place === 'start' ? rest : trimmed;
    place = 'text';
    return text;
  }

  /** Inside a block: gives out what can be no part of its end, and returns what stands behind it. */
  function think(given: string, pieces: Piece[]): string {
    const rest = isFresh ? given.trimStart() : given;
    const end = rest.indexOf(CLOSE);
    const thought = rest.slice(0, end === -1 ? rest.length - lengthOfEnd(rest) : end);
    const isLong = thought.length - thought.trimEnd().length >= MOST_HELD;
    const text = isLong ? thought : thought.trimEnd();
    if (text !== '') {
      pieces.push({ type: 'reasoning', text });
      isFresh = false;
    }
    if (end === -1) {
      held = rest.slice(text.length);
      return '';
    }
    place = 'after';
    return rest.slice(end + CLOSE.length);
  }

  return {
    push,
    /** From here on all is text, and need not be pushed. */
    isDone: () => place === 'text',
    /** What was still held back; call it once, at the end. */
    end(): Piece[] {
      const [text, was] = [place === 'start' ? held : held.trimEnd(), place];
      [place, held] = ['text', ''];
      if (text.trim() === '' && was !== 'start') return [];
      return text === '' ? [] : [{ type: was === 'inside' ? 'reasoning' : 'text', text }];
    },
  };
}

/** How long the beginning of a closing tag is at the end of a text. */
function lengthOfEnd(text: string): number {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length -= 1)
    if (text.endsWith(CLOSE.slice(0, length))) return length;
  return 0;
}
