import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from './database.ts';
import { Prisma } from './generated/client.ts';

const RETRY_MS = 300;

/** Connection exceptions, shutdown and crash, too many connections; a lock, a statement or a transaction that took too long. */
const SQL_STATES = /^(08...|57P0.|53300|55P03|57014|25P03)$/;

/** Node's and Prisma's. */
const CODES =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|P1001|P1002|P1008|P1017|P2024|P2028|P2037)$/;

/** What Prisma's driver adapters make of the above. */
const KINDS = /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/;

/** pg, pg-pool, PGlite and Prisma's transactions have no code for these. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|PGlite is clos|Transaction API error: Unable to start a transaction)/;

/** Whether the database answers now. */
export async function isReachable(sql: Sql): Promise<boolean> {
  return sql(Prisma.sql`SELECT 1`).then(
    () => true,
    () => false, // whoever needs the database logs why
  );
}

/**
 * Repeats `work` while the database cannot be reached, until `signal` aborts. `work` has to find out by itself whether an
 * earlier try was committed: a connection that is lost at a COMMIT leaves that unknown.
 */
export async function retryWhileUnavailable<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !isUnavailable(error)) throw error;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined); // aborted: the next try is the last
    }
  }
}

/** True when the database could not be reached, or went away: the same statement may well succeed later. */
export function isUnavailable(error: unknown): boolean {
  if (SQL_STATES.test(sqlState(error) ?? '')) return true;
  return clues(error).some(
    ({ code, kind, message }) => CODES.test(String(code)) || KINDS.test(String(kind)) || MESSAGES.test(String(message)),
  );
}

/** The SQLSTATE of an error of pg or PGlite, or of one that Prisma wrapped. */
export function sqlState(error: unknown): string | undefined {
  for (const { code, originalCode, severity } of clues(error)) {
    if (typeof originalCode === 'string') return originalCode;
    // Node's and Prisma's own codes (EPIPE, P2002) look like a SQLSTATE; only a server's error has a severity.
    if (typeof code === 'string' && typeof severity === 'string') return code;
  }
  return undefined;
}

interface Clue {
  code?: unknown;
  originalCode?: unknown;
  severity?: unknown;
  kind?: unknown;
  message?: unknown;
  cause?: unknown;
  meta?: { driverAdapterError?: unknown };
}

/** The error, and what it wraps, outermost first. */
function clues(error: unknown): Clue[] {
  if (typeof error !== 'object' || error === null) return [];
  const clue: Clue = error;
  return [clue, ...clues(clue.meta?.driverAdapterError), ...clues(clue.cause)];
}
