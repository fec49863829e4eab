import { fork } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDirectory } from '../../src/store/directory-lock.ts';
import { scratchDirectory } from './scratch.ts';

test('refuses a second opener, whatever path it uses, until the first gives the lock back', () => {
  using scratch = scratchDirectory();
  const path = join(scratch.path, 'data');
  const held = lockDirectory(path);
  symlinkSync(path, join(scratch.path, 'alias'));
  expect(() => lockDirectory(path)).toThrow(`Another Parley process is using ${path}. Stop it`);
  expect(() => lockDirectory(join(scratch.path, 'alias'))).toThrow('Another Parley process');
  held[Symbol.dispose]();
  lockDirectory(path)[Symbol.dispose]();
});

test('a process that holds it keeps others out, and being killed frees it', async () => {
  using scratch = scratchDirectory();
  const child = fork(join(import.meta.dirname, 'hold-lock.ts'), [scratch.path]);
  const exit = once(child, 'exit');
  try {
    expect(await Promise.race([once(child, 'message'), exit])).toEqual(['held', undefined]);
    expect(() => lockDirectory(scratch.path)).toThrow('Another Parley process');
  } finally {
    child.kill('SIGKILL');
  }
  expect(await exit).toEqual([null, 'SIGKILL']);
  lockDirectory(scratch.path)[Symbol.dispose]();
});

test('of many starters at once, one gets it', async () => {
  using scratch = scratchDirectory();
  const children = Array.from({ length: 4 }, () =>
    fork(join(import.meta.dirname, 'hold-lock.ts'), [scratch.path], { stdio: 'ignore' }),
  );
  const exits = children.map((child) => once(child, 'exit'));
  const fates = await Promise.all(
    children.map((child, index) => Promise.race([once(child, 'message').then(() => 'held'), exits[index]])),
  );
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(exits);
  expect(fates.filter((fate) => fate === 'held')).toHaveLength(1);
});
