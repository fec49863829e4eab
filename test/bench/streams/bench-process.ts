import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A process under measurement. */
export interface BenchProcess extends AsyncDisposable {
  url: string;
  /** CPU time that it has used, user and system, in seconds. */
  cpu(): Promise<number>;
  /** Resident memory in bytes, as it is. */
  rss(): Promise<number>;
  /** Collects its garbage. */
  collect(): Promise<void>;
  isAlive(): boolean;
}

const HOOK = fileURLToPath(new URL('gc-on-message.ts', import.meta.url));
/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/** Starts a program of this folder's, or another; resolves with the first URL that it prints. */
export async function startProcess(program: string, environment: Record<string, string> = {}): Promise<BenchProcess> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', '--import', HOOK, path], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  let output = '';
  const { promise, resolve } = Promise.withResolvers<string>();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const url = /http:\/\/\S+/.exec(output)?.[0];
    if (url && (output.includes('ready') || program !== PARLEY)) resolve(url);
  });
  const failed = exited.then(() => {
    throw new Error(`${program} ended before it was ready:\n${output}`);
  });
  const url = await Promise.race([promise, failed]);
  failed.catch(() => {});
  const stat = async (file: string) => await readFile(`/proc/${child.pid}/${file}`, 'utf8');
  return {
    url,
    async cpu() {
      const fields = (await stat('stat')).replace(/^.*\) /s, '').split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
    async rss() {
      return Number(/VmRSS:\s+(\d+) kB/.exec(await stat('status'))?.[1]) * 1024;
    },
    async collect() {
      child.send('collect');
      await once(child, 'message');
    },
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The server itself. */
export const PARLEY = '../../../src/main.ts';
