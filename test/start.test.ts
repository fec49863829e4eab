import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { unknownVariables } from '../src/unknown-variables.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** A start in a new folder, where the data directories `taken` and `other` are files, so that it fails at once. */
async function failToStart(env: Record<string, string>, envFile?: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'parley-start-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(cwd, { recursive: true }));
  for (const name of ['taken', 'other']) await writeFile(join(cwd, name), '');
  if (envFile !== undefined) await writeFile(join(cwd, '.env'), envFile);
  return spawnSync(process.execPath, [MAIN], { cwd, env: { PORT: '0', ...env }, encoding: 'utf8', timeout: 60_000 });
}

test.for(['taken', 'taken/inside'])('DATA_DIR=%s, which is a file, is named with what to do', async (directory) => {
  const { status, stderr } = await failToStart({ DATA_DIR: directory });
  expect(status).toBe(1);
  expect(stderr).toMatch(new RegExp(`^DATA_DIR=${directory} cannot be used: (EEXIST|ENOTDIR).*Set DATA_DIR`));
  expect(stderr).not.toContain('    at ');
});

test('a start says at once what it does, and which variables are misspelt', async () => {
  const { stdout } = await failToStart({ DATA_DIR: 'taken', DATABSE_URL: 'postgres://x' });
  expect(stdout).toContain('DATABSE_URL is not a variable of Parley. Did you mean DATABASE_URL?');
  expect(stdout).toContain('Preparing the database');
});

test('.env of the working directory is read, and the environment wins', async () => {
  const envFile = '# where the data is\nDATA_DIR=taken\n';
  expect((await failToStart({}, envFile)).stderr).toContain('DATA_DIR=taken cannot be used');
  expect((await failToStart({ DATA_DIR: 'other' }, envFile)).stderr).toContain('DATA_DIR=other cannot be used');
});

test.for([
  ['DATABASE_URL', 'postgres:// or postgresql://'],
  ['REDIS_URL', 'redis:// or rediss://'],
  ['OPENAI_BASE_URL', 'http:// or https://'],
] as const)('a %s without its scheme says which schemes there are', ([name, schemes]) => {
  expect(() => readConfig({ [name]: 'localhost:1234' })).toThrow(
    new RegExp(`expected a URL that begins with ${schemes}\\s+→ at ${name}`),
  );
});

describe('an unknown variable', () => {
  const known = ['PORT', 'DATABASE_URL', 'DATABASE_POOL', 'NODE_ENV'];
  test.for([
    ['DATABSE_URL', 'Did you mean DATABASE_URL?'],
    ['DATABASEURL', 'Did you mean DATABASE_URL?'],
    ['DATABASE_ULR', 'Did you mean DATABASE_URL?'],
    ['Port', 'Did you mean PORT?'],
    ['DATABASE_SIZE', 'There is DATABASE_URL, DATABASE_POOL.'],
  ] as const)('%s is named', ([name, hint]) => {
    expect(unknownVariables([name], known)).toEqual([expect.stringContaining(`${name} is not`)]);
    expect(unknownVariables([name], known)[0]).toContain(hint);
  });

  test.for(['PATH', 'NODE_OPTIONS', 'HOSTNAME', 'PORT'])('%s is none of ours, or right', (name) => {
    expect(unknownVariables([name], known)).toEqual([]);
  });
});
