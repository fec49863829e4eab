import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { lockDirectory } from '../src/store/directory-lock.ts';
import { endWithTests } from './harness/leftovers.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const SLOW = { timeout: 90_000 };

test.for(['start', 'dev'])('SIGTERM to `npm run %s` ends the server before npm ends', SLOW, async (script) => {
  await using npm = await startNpm(script);
  npm.child.kill('SIGTERM');
  expect(await npm.exited).toEqual({ code: 0, signal: null });
  expect(npm.output()).toContain('Stopping');
  await npm.expectGone();
});

test(
  'Ctrl-C in the terminal of `npm start`, which signals npm and the server, leaves runs their grace',
  SLOW,
  async () => {
    await using npm = await startNpm('start');
    process.kill(-npm.child.pid!, 'SIGINT');
    expect(await npm.exited).toEqual({ code: 0, signal: null });
    expect(npm.output()).toContain('Stopping');
    await npm.expectGone();
  },
);

test('a server whose npm was killed ends by itself', SLOW, async () => {
  await using npm = await startNpm('start');
  npm.child.kill('SIGKILL');
  await npm.exited;
  await vi.waitFor(() => npm.expectGone(), { timeout: 10_000, interval: 200 });
  expect(npm.output()).toContain('Stopping');
});

/** A real `npm run <script>` with a new data directory, in a process group of its own, which serves already. */
async function startNpm(script: string) {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'parley-npm-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const { PATH, HOME } = process.env;
  const child = endWithTests(
    spawn('npm', ['run', script], {
      cwd: ROOT,
      // What is set here, though empty, a `.env` cannot set.
      env: { PATH, HOME, PORT: '0', DATA_DIR: directory, DATABASE_URL: '', REDIS_URL: '', ROLE: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    }),
  );
  stack.defer(() => killGroup(child));
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  await vi.waitFor(() => expect(output).toMatch(/GraphQL +http/), { timeout: 60_000, interval: 100 });
  const url = /GraphQL +(http\S+)/.exec(output)![1]!;
  const all = stack.move();
  return {
    child,
    exited,
    output: () => output,
    /** Neither its port nor its data is held any more. */
    async expectGone() {
      await expect(fetch(url)).rejects.toThrow();
      lockDirectory(directory)[Symbol.dispose]();
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** The server is a child of the npm that was started, which may be gone. */
function killGroup({ pid }: ChildProcess) {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // nobody is left in it
  }
}
