/** White space, control characters, and characters that are drawn as nothing: a zero-width space, a filler. */
const BLANK = String.raw`[\s\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]`;
const BLANK_EDGE = new RegExp(`^${BLANK}|${BLANK}$`, 'u');
const HIDDEN = new RegExp(`(?! )${BLANK}`, 'gu');

/** Whether a model can have this name: it begins and ends with a character that is seen. */
export function isModelName(name: string): boolean {
  return name !== '' && !BLANK_EDGE.test(name);
}

/** In quotes, with the code points of what would not be seen. */
export function quoteHandle(handle: string): string {
  return JSON.stringify(handle).replaceAll(HIDDEN, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}
