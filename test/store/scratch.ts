import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createLog } from '../../src/log.ts';

export const log = createLog('silent');
export const serverUrl = process.env['TEST_DATABASE_URL'];

/** A directory of the test's own, gone when it ends. */
export function scratchDirectory(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'parley-store-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** An empty database of the test's own on the server of TEST_DATABASE_URL, dropped when it ends. */
export async function scratchDatabase(): Promise<AsyncDisposable & { url: string }> {
  const name = `parley_store_${randomUUID().replaceAll('-', '')}`;
  await onServer(`CREATE DATABASE ${name}`);
  // Whatever its own time zone, instants must come back as they went in.
  await onServer(`ALTER DATABASE ${name} SET TimeZone = 'Asia/Kathmandu'`);
  const url = new URL(serverUrl ?? '');
  url.pathname = `/${name}`;
  return { url: url.href, [Symbol.asyncDispose]: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
