import { z } from 'zod';
import { Prisma } from '../../../store/generated/client.ts';
import { ToolError } from '../../../agent/tool.ts';

const Day = z.iso.date();
const LocalTime = z.iso.datetime({ local: true, offset: false });
const Instant = z.iso.datetime({ offset: true });

/** A day, or a time, as SQL: from where it begins, to where it has ended. Without an offset it is meant in a time zone. */
interface Moment {
  begin(timezone: string): Prisma.Sql;
  end(timezone: string): Prisma.Sql;
}

/** A day or a time in ISO 8601, or an error for the model that names the argument. */
export function moment(argument: string) {
  return z.string().transform((given): Moment => {
    const text = given.trim().replace(' ', 'T');
    // PostgreSQL has no year 0.
    const isKnown = (format: z.ZodType) => format.safeParse(text).success && !text.startsWith('0000');
    if (isKnown(Instant)) return momentOf(() => Prisma.sql`${new Date(text)}::timestamptz`, '1 millisecond');
    const local = (timezone: string) => Prisma.sql`(${text}::timestamp AT TIME ZONE ${timezone}::text)`;
    if (isKnown(LocalTime)) return momentOf(local, '1 millisecond');
    if (isKnown(Day)) return momentOf(local, '1 day');
    throw new ToolError(
      `${argument} is no date that exists in ISO 8601: ${JSON.stringify(given.slice(0, 100))}. Give a day, such as 2024-01-31, or a time, such as 2024-01-31T12:00:00Z.`,
    );
  });
}

function momentOf(begin: Moment['begin'], length: string): Moment {
  return { begin, end: (timezone) => Prisma.sql`(${begin(timezone)} + ${length}::interval)` };
}
