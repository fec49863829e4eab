/** How long a provider asks to be left alone, in milliseconds; null when it does not, or not in words that we know. */
export function readRetryAfter(headers: Headers | undefined): number | null {
  const milliseconds = Number(headers?.get('retry-after-ms') || NaN);
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const value = headers?.get('retry-after') ?? '';
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Number(value) * 1000;
  // The provider's clock, where it tells it: ours may be another.
  const now = Date.parse(headers?.get('date') ?? '') || Date.now();
  const then = Date.parse(value);
  return Number.isNaN(then) ? null : Math.max(0, then - now);
}
