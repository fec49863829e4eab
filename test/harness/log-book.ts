import { pino, type Logger } from 'pino';

/** What a server logged, line by line. */
export interface LogBook {
  log: Logger;
  lines: Record<string, unknown>[];
}

export function createLogBook(): LogBook {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}
