import { haveNews, type Unit } from './units.ts';

interface Window {
  /** The share of the messages that leaves at least, from 0 to 1. */
  slidingWindowPercentage: number;
  /** How many messages leave at least. */
  leastLeaving: number;
  /** In tokens. */
  contextWindow: number;
  systemTokens: number;
  correction: number;
}

/** Shares are counted in millionths, so that sums of tenths are what they seem. */
const WHOLE = 1_000_000;
const TENTH = WHOLE / 10;

/**
 * The unit that is the first to stay: so that as small a share leaves, in steps of a tenth, that the rest, with the system
 * message, takes less of the window than was asked for. Undefined when there is none.
 */
export function findCutoff(units: Unit[], window: Window): number | undefined {
  const first = Math.round(window.slidingWindowPercentage * WHOLE);
  const goal = ((WHOLE - first) * window.contextWindow) / WHOLE;
  for (let share = first; ; share += TENTH) {
    const cutoff = boundaryNear(units, Math.min(share, WHOLE));
    const { leaving, staying } = divideAt(units, cutoff);
    const tokens = staying.reduce((sum, unit) => sum + unit.tokens, window.systemTokens);
    const isEnough = haveNews(leaving) && countMessages(leaving) >= window.leastLeaving;
    if (isEnough && tokens * window.correction < goal) return cutoff;
    if (share >= WHOLE) return undefined;
  }
}

/** What is kept stays wherever it stands. */
export function divideAt(units: Unit[], cutoff: number): { leaving: Unit[]; staying: Unit[] } {
  const leaves = (unit: Unit, index: number) => index < cutoff && !unit.isKept;
  return {
    leaving: units.filter(leaves),
    staying: units.filter((unit, index) => !leaves(unit, index)),
  };
}

/** The last unit that begins before that share of the messages ends; one that a user begins, if there is one a tenth before. */
function boundaryNear(units: Unit[], share: number): number {
  const count = countMessages(units);
  const most = Math.round((share * count) / WHOLE);
  let last = 0;
  let lastOfUser = 0;
  let before = units[0]?.messages.length ?? 0;
  for (const [index, { messages }] of units.entries()) {
    if (index === 0) continue;
    if (before > most) break;
    last = index;
    if (messages[0]?.kind === 'USER' && before >= most - count / 10) lastOfUser = index;
    before += messages.length;
  }
  return lastOfUser || last;
}

function countMessages(units: Unit[]): number {
  return units.reduce((sum, { messages }) => sum + messages.length, 0);
}
