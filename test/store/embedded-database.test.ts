import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../src/store/open-database.ts';
import { Prisma } from '../../src/store/generated/client.ts';
import { log, scratchDirectory } from './scratch.ts';
import { SLOW, openEmbedded } from './drivers.ts';

async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const count = () => {
    turns++;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  await work();
  clearImmediate(next);
  return turns;
}

describe('PGlite in a directory', { timeout: SLOW }, () => {
  test('keeps what was stored, for one opener at a time', async () => {
    using scratch = scratchDirectory();
    const config = { databaseUrl: undefined, dataDir: scratch.path };
    {
      await using database = await openDatabase(config, log);
      await database.db.organization.create({ data: { id: 'organization-1', name: 'one' } });
      await expect(openDatabase(config, log)).rejects.toThrow('Another Parley process is using');
    }
    await using database = await openDatabase(config, log);
    expect(await database.db.organization.count()).toBe(1);
  });

  test('opens after a first start that was killed half-way', async () => {
    using scratch = scratchDirectory();
    const child = fork(join(import.meta.dirname, 'hold-database.ts'), [scratch.path]);
    const exit = once(child, 'exit');
    const isHalfMade = () => ['database', 'database.new'].some((name) => existsSync(join(scratch.path, name, 'base')));
    await vi.waitUntil(isHalfMade, { interval: 1, timeout: SLOW });
    child.kill('SIGKILL');
    await exit;
    await using database = await openDatabase({ databaseUrl: undefined, dataDir: scratch.path }, log);
    expect(await database.db.organization.count()).toBe(0);
  });

  test('leaves the event loop its turns, in a loop of statements and in a queue of them', async () => {
    await using database = await openEmbedded();
    const statement = () => database.sql(Prisma.sql`SELECT 1`);
    const transaction = () => database.db.$transaction((tx) => tx.$queryRaw`SELECT 1`);
    for (const work of [statement, transaction]) {
      expect(
        await turnsDuring(async () => {
          for (let i = 0; i < 10; i++) await work();
        }),
      ).toBeGreaterThanOrEqual(9);
      expect(await turnsDuring(() => Promise.all(Array.from({ length: 10 }, work)))).toBeGreaterThanOrEqual(9);
    }
  });
});
