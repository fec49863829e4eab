/** When the newest seeded conversation began, as SQL. */
export const END = "timestamptz '2026-11-01'";

const words = {
  verbs: ['Refund', 'Ship', 'Explain', 'Translate', 'Plan', 'Fix', 'Summarize', 'Compare', 'Book', 'Cancel'],
  things: ['order', 'invoice', 'flight', 'contract', 'report', 'recipe', 'bug', 'parcel', 'lesson', 'letter', 'budget'],
  people: ['for Ada', 'for Grace', 'with Linus', 'after Edsger', 'about Alan', 'from Barbara', 'by Friday', '50 % off'],
};

/** One of a few, as SQL. */
export function word(kind: keyof typeof words): string {
  const list = words[kind];
  return `(ARRAY[${list.map((text) => `'${text}'`).join(', ')}])[1 + floor(${list.length} * random())::int]`;
}

/** Many times are known to the second only, and those of an import to the day: so there are ties. */
export const truncated = (at: string) =>
  `CASE WHEN random() < 0.01 THEN date_trunc('day', ${at}) WHEN random() < 0.3 THEN date_trunc('second', ${at}) ELSE ${at} END`;

/** As in src/ids.ts: a version 7 UUID begins with its millisecond. */
export function idOf(prefix: string, at: string): string {
  const milliseconds = `lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0')`;
  return `'${prefix}-' || overlay(${milliseconds} PLACING '-' FROM 9 FOR 0) || '-7' || substr(gen_random_uuid()::text, 16)`;
}
