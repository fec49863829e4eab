/** How long a provider asks to be left alone, in milliseconds; null when it does not, or not in words that we know. */
export function readRetryAfter(headers: Headers | undefined, words: string, body: unknown): number | null {
  return inHeader(headers) ?? inWords(words) ?? inDetails(body) ?? untilReset(headers);
}

function inHeader(headers: Headers | undefined): number | null {
  const milliseconds = Number(headers?.get('retry-after-ms') || NaN);
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const value = headers?.get('retry-after') ?? '';
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Number(value) * 1000;
  // The provider's clock, where it tells it: ours may be another.
  const now = Date.parse(headers?.get('date') ?? '') || Date.now();
  const then = Date.parse(value);
  return Number.isNaN(then) ? null : Math.max(0, then - now);
}

/** "Please try again in 7m12.5s", "retry after 20 seconds". */
function inWords(words: string): number | null {
  const [, duration] = /(?:again|retry|wait)\s+(?:in|after|for)?\s*((?:[\d.]+\s*[a-z]+\s*)+)/i.exec(words) ?? [];
  return duration === undefined ? null : readDuration(duration);
}

/** Google's RetryInfo: `{"@type": "…RetryInfo", "retryDelay": "34s"}`. */
function inDetails(body: unknown): number | null {
  const [, duration] = /"retryDelay"\s*:\s*"([^"]*)"/.exec(JSON.stringify(body ?? null)) ?? [];
  return duration === undefined ? null : readDuration(duration);
}

/** When the limit that is used up is renewed: a duration, a number of seconds, or a moment. */
function untilReset(headers: Headers | undefined): number | null {
  if (!headers) return null;
  const limits = [...headers].flatMap(([name, value]) => {
    const kind = /^x-ratelimit-reset(.*)$/.exec(name)?.[1];
    const waitMs = kind === undefined ? null : readReset(value);
    if (waitMs === null) return [];
    return [{ waitMs, isUsedUp: headers.get(`x-ratelimit-remaining${kind}`)?.trim() === '0' }];
  });
  const usedUp = limits.filter((limit) => limit.isUsedUp);
  if (usedUp.length > 0) return Math.max(...usedUp.map(({ waitMs }) => waitMs));
  return limits.length > 0 ? Math.min(...limits.map(({ waitMs }) => waitMs)) : null;
}

/** Numbers above these are moments: seconds and milliseconds since 1970. */
const [SECONDS, MILLISECONDS] = [1e9, 1e12];

function readReset(value: string): number | null {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number)) {
    if (number < SECONDS) return Math.max(0, number * 1000);
    return Math.max(0, (number < MILLISECONDS ? number * 1000 : number) - Date.now());
  }
  const then = /^\d{4}-/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(then) ? readDuration(value) : Math.max(0, then - Date.now());
}

const UNITS: [RegExp, number][] = [
  [/^(ms|milli)/i, 1],
  [/^s/i, 1000],
  [/^m/i, 60_000],
  [/^h/i, 3_600_000],
  [/^d/i, 86_400_000],
];

/** "7m12.5s", "20 seconds", "120ms"; null when there is none at the beginning. */
function readDuration(text: string): number | null {
  let [sum, isAny] = [0, false];
  for (const [, number, unit = ''] of text.matchAll(/\s*(\d+(?:\.\d+)?)\s*([a-z]+)/giy)) {
    const factor = UNITS.find(([name]) => name.test(unit))?.[1];
    if (factor === undefined) break;
    [sum, isAny] = [sum + Number(number) * factor, true];
  }
  return isAny ? Math.ceil(sum) : null;
}
