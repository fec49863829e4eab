import { createHash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Logger } from '../log.ts';
import type { Database } from './database.ts';
import type { Session } from './migrate.ts';
import { PatientPool } from './patient-pool.ts';
import { createPrisma } from './prisma.ts';
import { watchServer } from './watch-server.ts';

const PREPARED_PER_CONNECTION = 500;
const INT8 = 20;
const POOL_SIZE = 10;

/**
 * The driver's defaults wait for ever. The server gives up before we do, so we learn the outcome. One that does not answer
 * at all is noticed long before, by those who watch it.
 */
const TIMEOUTS = {
  // Longer than any wait for a lock: one held head must not starve those who wait for a connection.
  connectionTimeoutMillis: 9000,
  statement_timeout: 10_000,
  query_timeout: 12_000,
  // A frozen node must not keep a conversation's head locked. Whoever waits for it outlasts it.
  idle_in_transaction_session_timeout: 5000,
  lock_timeout: 6000,
};

/** Calls `prepare` with a connection of its own, then opens one pool for Prisma and `sql`. */
export async function openPostgres(
  databaseUrl: string,
  poolSize: number | undefined,
  prepare: (session: Session) => Promise<void>,
  log: Logger,
): Promise<Database> {
  await inSession(databaseUrl, prepare);
  const connection = { connectionString: inUtc(databaseUrl), application_name: 'parley', keepAlive: true, ...TIMEOUTS };
  const pool = new PatientPool({ ...connection, max: poolSize ?? POOL_SIZE, idleTimeoutMillis: 60_000 });
  // Without a listener, the loss of an idle connection would end the process. The pool has replaced it already.
  pool.on('error', (error) => log.warn({ err: error }, 'lost an idle database connection'));
  // Nor is there a listener while a connection changes hands, and its last answer may come with the news of its end.
  pool.on('connect', (client) => client.on('error', () => {}));
  discardOpenTransactions(pool);
  const nameOf = statementNames(PREPARED_PER_CONNECTION);
  const watch = watchServer(pool, { ...connection, application_name: 'parley-watch' }, log);
  const adapter = new PrismaPg(pool, {
    // Without parameters it may be several statements (or BEGIN), which cannot be prepared.
    statementNameGenerator: ({ sql, args }) => (args.length > 0 ? nameOf(sql) : ''),
  });
  const db = createPrisma(adapter);
  return {
    db,
    sql: async <Row>({ text, values }: { text: string; values: unknown[] }) => {
      const name = values.length > 0 ? nameOf(text) : '';
      return (await pool.query({ name, text, values, types: { getTypeParser } })).rows as Row[];
    },
    async [Symbol.asyncDispose]() {
      await watch[Symbol.asyncDispose]();
      await db.$disconnect();
      await pool.end();
    },
  };
}

async function inSession(databaseUrl: string, work: (session: Session) => Promise<void>): Promise<void> {
  // A migration, and the wait for another node's, may take longer than any statement of ours.
  const client = new pg.Client({
    connectionString: inUtc(databaseUrl),
    application_name: 'parley-migrate',
    keepAlive: true,
    connectionTimeoutMillis: TIMEOUTS.connectionTimeoutMillis,
  });
  // The statement in flight reports the loss of the connection; without a listener it would end the process.
  client.on('error', () => {});
  await client.connect().catch((error: unknown) => {
    const { host, pathname } = new URL(databaseUrl);
    const reason = error instanceof AggregateError ? error.errors.join(', ') : String(error);
    throw new Error(`The database ${host}${pathname} of DATABASE_URL cannot be opened: ${reason}`, { cause: error });
  });
  try {
    await work({ exec: (text) => client.query(text), query: (text, values) => client.query(text, values) });
  } finally {
    await client.end();
  }
}

/** Prisma's adapter writes and reads timestamps without their offset, as if the session were in UTC. */
function inUtc(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('options', `${url.searchParams.get('options') ?? ''} -c TimeZone=UTC`.trim());
  return url.href;
}

/**
 * When a server freezes, a ROLLBACK can time out unsent, and Prisma gives the connection back with its transaction
 * open: the next statement would be answered, and then rolled back with it.
 */
function discardOpenTransactions(pool: pg.Pool): void {
  pool.on('release', (_error, client) => {
    if (client.getTransactionStatus() !== 'I') void client.end();
  });
}

/** Stable names for the first texts seen. The others stay unnamed, as a server keeps each named one for ever. */
function statementNames(limit: number): (text: string) => string {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    if (names.size >= limit) return '';
    const name = createHash('sha256').update(text).digest('base64url');
    names.set(text, name);
    return name;
  };
}

/** Like PGlite: a number where it is exact. */
const parseInt8 = (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text));

const getTypeParser: typeof pg.types.getTypeParser = (type, format) =>
  Number(type) === INT8 ? parseInt8 : pg.types.getTypeParser(type, format);
