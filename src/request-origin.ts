import type { IncomingMessage } from 'node:http';
import { isOrigin } from './config.ts';
import type { Logger } from './log.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;
const HOUR_MS = 3_600_000;
/** Of the hosts and origins that are warned of in an hour: anybody can think up more. */
const MAX_WARNINGS = 100;

interface Refusal {
  code: 'HOST_NOT_ALLOWED' | 'ORIGIN_NOT_ALLOWED';
  message: string;
  /** The host or origin that is refused. */
  name: string;
}

/** Answers a refused request with status 403: the JSON body, or undefined for a request that is allowed. */
export type CheckOrigin = (request: Pick<IncomingMessage, 'headers'>) => string | undefined;

/** Checks requests, and logs one warning per refused host or origin and hour. */
export function createOriginCheck(allowedOrigins: string[], log: Logger): CheckOrigin {
  const warnedAt = new Map<string, number>();
  return (request) => {
    const refusal = refusalOf(request, allowedOrigins);
    if (!refusal) return undefined;
    const { code, message, name } = refusal;
    if (isWarningDue(name)) {
      const set = isOrigin(name) ? { set: `ALLOWED_ORIGINS=${[...allowedOrigins, name].join(',')}` } : {};
      log.warn({ code, name, ...set }, `refused a request: ${message}`);
    }
    return JSON.stringify({ errors: [{ message, extensions: { code } }] });
  };

  function isWarningDue(name: string): boolean {
    const now = performance.now();
    for (const [key, at] of warnedAt) if (now - at > HOUR_MS) warnedAt.delete(key);
    if (warnedAt.has(name) || warnedAt.size >= MAX_WARNINGS) return false;
    warnedAt.set(name, now);
    return true;
  }
}

/**
 * Pages of other sites must not use the server behind their visitor's back. A page of another origin is known by its
 * Origin header, a page whose name was made to resolve to this machine by its Host header.
 */
function refusalOf({ headers }: Parameters<CheckOrigin>[0], allowedOrigins: string[]): Refusal | undefined {
  const { host = '', origin } = headers;
  if (!LOOPBACK.test(host)) {
    const message = `The server answers to the names of this machine only, such as localhost, not to "${host.slice(0, 200)}".`;
    return { code: 'HOST_NOT_ALLOWED', message, name: host.slice(0, 200) };
  }
  if (origin === undefined || allowedOrigins.includes(origin) || isOwn(origin, host)) return undefined;
  // A dev server's proxy may replace the Host by its target and keep the Origin. Its page calls its own origin, and the
  // browser says so; without that word (WebSocket handshakes) it could be any page of this machine.
  if (isLoopback(origin) && headers['sec-fetch-site'] === 'same-origin') return undefined;
  const name = origin.slice(0, 200);
  const advice = isOrigin(name)
    ? `To allow them, start the server with ALLOWED_ORIGINS=${name} (several: with commas between).`
    : 'ALLOWED_ORIGINS cannot allow it. Serve the page over http: a file and a sandboxed frame have no origin.';
  return { code: 'ORIGIN_NOT_ALLOWED', message: `Requests of pages from "${name}" are refused. ${advice}`, name };
}

function isOwn(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function isLoopback(origin: string): boolean {
  const url = URL.parse(origin);
  return url !== null && /^https?:$/.test(url.protocol) && LOOPBACK.test(url.host);
}
