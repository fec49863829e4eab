import type { Prisma, PrismaClient } from './generated/client.ts';

export type Db = PrismaClient;
export type Tx = Prisma.TransactionClient;

/**
 * One statement on the driver itself, past Prisma: the hot path. It commits alone, and must not be called inside a
 * transaction (on PGlite it would wait for its own caller). Rows come back with native types: Date for timestamptz,
 * parsed jsonb, number for int4 and int8, arrays of text and of numbers. An enum array must be selected as text[].
 */
export type Sql = <Row>(query: Prisma.Sql) => Promise<Row[]>;

/** Disposing closes Prisma, then its driver, then gives back the data directory. */
export interface Database extends AsyncDisposable {
  db: Db;
  sql: Sql;
}
