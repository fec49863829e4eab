import type { IncomingMessage } from 'node:http';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Why a request is refused, or nothing. Pages of other sites must not use the server behind their visitor's back: a page
 * of another origin is told by its Origin, one whose name was made to resolve to this machine by its Host.
 */
export function refusalOf({ headers }: Pick<IncomingMessage, 'headers'>, allowedOrigins: string[]): string | undefined {
  const { host, origin } = headers;
  if (!host || !LOOPBACK.test(host)) return 'This server answers to the names of this machine only, such as localhost.';
  if (origin === undefined || allowedOrigins.includes(origin) || isOwn(origin, host)) return undefined;
  return 'Requests from this origin are not allowed. ALLOWED_ORIGINS lists those that are.';
}

function isOwn(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
