const MAX_NUMBER = 2_000;
const MAX_WORDS = 5_000;

const PLACES = [
  'a harbour town',
  'the old library',
  'a station without trains',
  'the last lighthouse',
  'a quiet valley',
];
const FINDERS = [
  'a clockmaker',
  'two sisters',
  'a retired pilot',
  'the youngest librarian',
  'a traveller',
  'a cook',
  'a cat',
];
const EVENTS = [
  'found a letter',
  'heard a distant bell',
  'missed the ferry',
  'opened the wrong door',
  'drew a map',
  'kept a promise',
];
const ENDINGS = [
  'and nobody slept that night',
  'which changed everything',
  'and the rain stopped',
  'as had been foretold',
];

/** "count to 50", "count from 3 to 9". */
export function count(wish: string): string | undefined {
  const found = /\bcount (?:from (\d{1,6}) )?(?:up )?to (\d{1,6})\b/i.exec(wish);
  if (!found) return undefined;
  const from = Number(found[1] ?? 1);
  const to = Math.min(Number(found[2]), from + MAX_NUMBER - 1);
  return Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index).join(', ');
}

/** "tell me a long story", "write 300 words about cats": long answers, to try cancelling and reconnecting on. */
export function story(wish: string): string | undefined {
  const words = /\b(\d{2,6}) words\b/i.exec(wish)?.[1];
  if (!words && !/\b(story|tale|essay|poem|novel)\b|\b(long|endless) (text|answer|reply|message)\b/i.test(wish))
    return undefined;
  const parts = words ? Infinity : /\b(long|endless)\b/i.test(wish) ? 40 : 4;
  const limit = Math.min(Number(words ?? MAX_WORDS), MAX_WORDS);
  const topic = /\babout ([^.?!\n]{1,60})/i.exec(wish)?.[1] ?? 'plans for the summer';
  const told: string[] = [];
  for (let part = 1; part <= parts && told.length < limit; part++) told.push(...tell(part, topic));
  return told.slice(0, limit).join(' ');
}

/** The parts are numbered, so that a reader sees at once whether one is missing or comes twice. */
function tell(part: number, topic: string): string[] {
  const pick = (from: string[], shift = 0) => from[(part * 11 + shift) % from.length];
  const text =
    `Part ${part}. In ${pick(PLACES)} there lived ${pick(FINDERS)}, with a mind full of ${topic}. ` +
    `One day ${pick(FINDERS, 3)} ${pick(EVENTS)}, ${pick(ENDINGS)}.`;
  return text.split(' ');
}
