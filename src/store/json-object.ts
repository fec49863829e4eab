import { Prisma } from './generated/client.ts';

/** In SQL: a JSON object of these columns of a table or an alias, and of `more`. `json` keeps the order of keys that is stored. */
export function jsonObject(
  alias: string,
  columns: readonly string[],
  more: Record<string, Prisma.Sql> = {},
): Prisma.Sql {
  const pairs = [
    ...columns.map((column) => Prisma.raw(`'${column}', ${alias}."${column}"`)),
    ...Object.entries(more).map(([name, value]) => Prisma.sql`${Prisma.raw(`'${name}'`)}, ${value}`),
  ];
  return Prisma.sql`json_build_object(${Prisma.join(pairs)})`;
}
