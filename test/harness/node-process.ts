import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createClient, type TestClient } from './client.ts';
import { endWithTests } from './leftovers.ts';

/** With a cache of compiled code a process starts in four fifths of the time. */
const INHERITED = {
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  NODE_COMPILE_CACHE: join(tmpdir(), 'parley-compile-cache'),
};
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A real `node src/main.ts`, to be killed, frozen and stopped. Signals go to this process only. */
export interface NodeProcess extends AsyncDisposable {
  pid: number;
  /** Empty for a process that is a worker only. */
  url: string;
  /** Its API. */
  client: TestClient;
  /** What it has logged. */
  lines: LogLine[];
  /** Everything else that it wrote: its banner, or why it did not start. */
  output(): string;
  /** Exit code and signal, when it is gone. */
  exited: Promise<Exit>;
  /** As a crash does it: no chance to say goodbye. */
  kill(): Promise<Exit>;
  stop(): void;
  resume(): void;
  /** As a deployment does it. */
  terminate(): Promise<Exit>;
}

export interface LogLine extends Record<string, unknown> {
  level: number;
  msg: string;
  runId?: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Resolves when the process serves; throws with all that it wrote when it ends before that. */
export async function startNodeProcess(
  environment: Record<string, string | undefined>,
  entry?: string,
): Promise<NodeProcess> {
  const started = spawnNodeProcess(environment, entry);
  const end = await Promise.race([started.ready, started.exited]);
  if (end) throw new Error(`The process ended with ${JSON.stringify(end)}:\n${started.output()}${logOf(started)}`);
  return started;
}

/** The same without waiting, for processes that are expected not to start. */
export function spawnNodeProcess(
  environment: Record<string, string | undefined>,
  entry = 'src/main.ts',
): NodeProcess & { ready: Promise<void> } {
  const started = spawn(process.execPath, [join(ROOT, entry)], {
    cwd: tmpdir(), // where no `.env` is read
    env: { ...INHERITED, PORT: '0', LOG_LEVEL: 'debug', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const child = endWithTests(started);
  const exited: Promise<Exit> = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  const lines: LogLine[] = [];
  const texts: string[] = [];
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  let client: TestClient | undefined;
  const node = {
    pid: child.pid ?? 0,
    url: '',
    lines,
    output: () => texts.join('\n'),
    exited,
    ready,
    get client() {
      return (client ??= createClient(node.url));
    },
    kill: () => signal('SIGKILL'),
    stop: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    terminate: () => signal('SIGTERM'),
    async [Symbol.asyncDispose]() {
      await signal('SIGKILL');
      await client?.[Symbol.asyncDispose]();
    },
  };
  createInterface(child.stdout).on('line', (line) => {
    texts.push(line);
    node.url ||= /GraphQL +(http:\S+)/.exec(line)?.[1] ?? '';
    if (/Role/.test(line)) resolve();
  });
  createInterface(child.stderr).on('line', (line) => {
    if (line.startsWith('{')) lines.push(JSON.parse(line));
    else texts.push(line);
  });
  return node;

  async function signal(name: NodeJS.Signals): Promise<Exit> {
    child.kill(name);
    return exited;
  }
}

/** Lines that tell of something wrong, as text, for failure messages. */
export function logOf({ lines }: { lines: LogLine[] }, level = 40): string {
  return lines
    .filter((line) => line.level >= level)
    .map((line) => JSON.stringify(line))
    .join('\n');
}
