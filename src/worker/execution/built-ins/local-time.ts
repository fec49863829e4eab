const DAY = 86_400_000;
const SECOND = 1000;

/**
 * The instant, in milliseconds since 1970, at which clocks in the zone show a local time, which is given as if it were
 * UTC. Of two, the first; a time that is skipped counts on from before the change. By the zones of this process: the
 * database may have others under the same names, or none.
 */
export function instantOf(local: number, timezone: string): number {
  const offsetAt = offsetsOf(timezone);
  const before = offsetAt(local - DAY);
  const fitting = [before, offsetAt(local + DAY)]
    .map((offset) => local - offset)
    .filter((instant) => instant + offsetAt(instant) === local);
  return fitting.length > 0 ? Math.min(...fitting) : local - before;
}

function offsetsOf(timezone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  return (instant) => {
    const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value;
    // GMT-04:56:02, or GMT alone.
    const [, sign, ...parts] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name ?? '') ?? [];
    const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
    return (sign === '-' ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds) * SECOND;
  };
}
