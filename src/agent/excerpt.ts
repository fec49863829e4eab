/** How much of an excerpt comes before what was looked for. */
const LEAD = 0.2;

/**
 * At most `limit` code points of a text, around what was looked for: all of it, or else the longest of its words that
 * occurs. The text's beginning when none does. Dots show where it was cut.
 */
export function excerpt(text: string, query: string, limit: number): string {
  const characters = [...text];
  if (characters.length <= limit) return text;
  const last = characters.length - limit;
  const found = Array.from(text.slice(0, placeOf(text, query))).length;
  const start = Math.min(last, Math.max(0, found - Math.floor(limit * LEAD)));
  const cut = characters.slice(start, start + limit).join('');
  return `${start > 0 ? '… ' : ''}${cut}${start < last ? ' …' : ''}`;
}

function placeOf(text: string, query: string): number {
  // A few letters become longer in lower case, so a place may be a little off: it only has to be near.
  const lower = text.toLowerCase();
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const wanted = [query.trim().toLowerCase(), ...words.toSorted((one, other) => other.length - one.length)];
  return wanted.map((one) => (one === '' ? -1 : lower.indexOf(one))).find((place) => place >= 0) ?? 0;
}
