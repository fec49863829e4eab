import { z } from 'zod';
import { ToolError } from '../../../agent/tool.ts';
import { instantOf } from './local-time.ts';

const DAY = 86_400_000;

const Day = z.iso.date();
const LocalTime = z.iso.datetime({ local: true, offset: false });
const Instant = z.iso.datetime({ offset: true });

/** A day, or a time: from where it begins, to where it has ended, in milliseconds since 1970. Without an offset it is meant in a time zone. */
interface Moment {
  begin(timezone: string): number;
  end(timezone: string): number;
}

/** A day or a time in ISO 8601, or an error for the model that names the argument. */
export function moment(argument: string) {
  return z.string().transform((given): Moment => {
    const text = given.trim().replace(' ', 'T');
    // There was no year 0.
    const isKnown = (format: z.ZodType) => format.safeParse(text).success && !text.startsWith('0000');
    if (isKnown(Instant)) return timeOf(() => Date.parse(text));
    if (isKnown(LocalTime)) return timeOf((timezone) => instantOf(Date.parse(`${text}Z`), timezone));
    if (isKnown(Day)) return dayOf(Date.parse(text));
    throw new ToolError(
      `${argument} is no date that exists in ISO 8601: ${JSON.stringify(given.slice(0, 100))}. Give a day, such as 2024-01-31, or a time, such as 2024-01-31T12:00:00Z.`,
    );
  });
}

function timeOf(begin: Moment['begin']): Moment {
  return { begin, end: (timezone) => begin(timezone) + 1 };
}

/** To where the next one begins: not every day has 24 hours. */
function dayOf(day: number): Moment {
  return { begin: (timezone) => instantOf(day, timezone), end: (timezone) => instantOf(day + DAY, timezone) };
}
