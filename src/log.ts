import { pino, type Logger } from 'pino';

export type { Logger };

/** JSON lines on standard error, so that standard output stays free for people. */
export function createLog(level: string): Logger {
  return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}
