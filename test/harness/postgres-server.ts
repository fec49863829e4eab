import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createLog } from '../../src/log.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import type { TestDatabase } from './database.ts';
import { endWithTests } from './leftovers.ts';
import { freePort } from './redis-server.ts';

/** A PostgreSQL of the test's own, to be crashed, frozen and started again on the same port. */
export interface PostgresServer extends AsyncDisposable {
  /** Its one database, for a fleet. It goes with the server. */
  database(): Promise<TestDatabase>;
  start(): Promise<void>;
  /** As a crash of the server does it: every connection is lost, nothing is flushed. */
  crash(): Promise<void>;
  /** All of its processes; signals go to them only. */
  freeze(): void;
  thaw(): void;
}

/** Started, with `settings` like `max_connections=20`. */
export async function startPostgresServer(settings: string[] = []): Promise<PostgresServer> {
  await using stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'parley-postgres-'));
  stack.defer(() => rm(home, { recursive: true, maxRetries: 5 }));
  await chmod(home, 0o777);
  const data = join(home, 'data');
  run('initdb', ['--pgdata', data, '--auth', 'trust', '--username', 'postgres', '--encoding', 'UTF8', '--no-sync']);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let postmaster: ChildProcess | undefined;
  let frozen: number[] = [];
  const start = async () => {
    const all = [
      'fsync=off',
      `port=${port}`,
      `unix_socket_directories=${home}`,
      'listen_addresses=127.0.0.1',
      ...settings,
    ];
    const options = all.flatMap((setting) => ['-c', setting]);
    const started = spawn(join(binaries(), 'postgres'), ['-D', data, ...options], { ...owner(), stdio: 'ignore' });
    postmaster = endWithTests(started, 'SIGQUIT');
    await answers(url);
  };
  const crash = async () => {
    if (!postmaster || postmaster.exitCode !== null || postmaster.signalCode !== null) return;
    const exit = once(postmaster, 'exit');
    postmaster.kill('SIGQUIT');
    await exit;
  };
  const thaw = () => {
    for (const pid of frozen) signal(pid, 'SIGCONT');
    frozen = [];
  };
  await start();
  stack.defer(async () => {
    thaw();
    await crash();
  });
  const all = stack.move();
  return {
    database: async () => ({
      url,
      open: () => openDatabase({ databaseUrl: url, dataDir: '' }, createLog('silent')),
      async [Symbol.asyncDispose]() {},
    }),
    start,
    crash,
    freeze() {
      const pid = postmaster?.pid ?? 0;
      // The parent first: it makes no new ones.
      signal(pid, 'SIGSTOP');
      frozen = [pid, ...childrenOf(pid)];
      for (const child of frozen) signal(child, 'SIGSTOP');
    },
    thaw,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const binaries = () =>
  globSync('/usr/lib/postgresql/*/bin').at(-1) ?? execFileSync('pg_config', ['--bindir']).toString().trim();

/** PostgreSQL refuses to run as root. */
function owner() {
  if (process.getuid?.() !== 0) return {};
  return { uid: idOf('-u'), gid: idOf('-g') };
}

const idOf = (flag: '-u' | '-g') => Number(execFileSync('id', [flag, 'postgres']));

function run(command: string, options: string[]) {
  execFileSync(join(binaries(), command), options, { ...owner(), stdio: 'pipe' });
}

function childrenOf(parent: number): number[] {
  return globSync('/proc/[0-9]*/stat').flatMap((file) => {
    try {
      const [, pid, ppid] = /^(\d+) \(.*\) \S (\d+)/.exec(readFileSync(file, 'utf8')) ?? [];
      return Number(ppid) === parent ? [Number(pid)] : [];
    } catch {
      return []; // it has just ended
    }
  });
}

function signal(pid: number, name: NodeJS.Signals) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

async function answers(url: string) {
  for (;;) {
    const client = new pg.Client(url);
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch {
      await sleep(50); // starting up, or recovering
    } finally {
      await client.end();
    }
  }
}
