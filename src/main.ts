import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { App } from './app.ts';
import { readConfig, type Config } from './config.ts';
import { loadEnvFile } from './env-file.ts';
import { arm } from './failpoint.ts';
import { createLog, type Logger } from './log.ts';
import { onStopSignal } from './stop-signals.ts';

let log: Logger | undefined;
let app: App | undefined;
try {
  loadEnvFile();
  const config = readConfig();
  log = createLog(config.logLevel);
  // Before the start, which may take long: the first process of a container ignores signals that it does not handle.
  onStopSignal(config.isNpmScript, stop);
  process.stdout.write(preparing(config));
  // Loaded only now: it takes as long as all the rest of a start.
  const { startApp } = await import('./app.ts');
  app = await startApp(config, log);
  arm(config.failpoint);
  process.stdout.write(banner(config, app));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** Lets runs finish or hands them over. A start can be broken off anywhere. */
function stop(signal: NodeJS.Signals) {
  if (!app) return process.exit(128 + constants.signals[signal]);
  process.stdout.write('Stopping: runs get 25 seconds to finish. Once more to stop at once.\n');
  Promise.resolve(app[Symbol.asyncDispose]()).catch((error: unknown) => {
    log?.error({ err: error }, 'the server did not stop cleanly');
    process.exitCode = 1;
  });
}

function preparing({ databaseUrl, dataDir, warnings }: Config): string {
  const isFirst = !databaseUrl && !existsSync(join(dataDir, 'database'));
  const line = `Preparing the database${isFirst ? ` in ${dataDir}; the first start takes some seconds` : ''}…`;
  return [...warnings.map((warning) => `! ${warning}`), line].map((text) => `  ${text}\n`).join('');
}

function banner({ databaseUrl, dataDir, redisUrl, role }: Config, { server, deps }: App): string {
  const lines = [
    [
      'GraphQL',
      server ? `${server.url} (HTTP, SSE and WebSocket; open it in a browser)` : 'none: this process is a worker',
    ],
    ['Database', databaseUrl ? withoutPassword(databaseUrl) : `embedded in ${dataDir}`],
    ['Wake-ups', redisUrl ? withoutPassword(redisUrl) : 'in this process'],
    ['Model', deps.models.defaultHandle],
    ['Role', role],
  ];
  const warnings = [
    ...(databaseUrl
      ? []
      : [
          'The embedded database is for trying things: one process, and not safe against a power cut. Set DATABASE_URL.',
        ]),
    ...(databaseUrl && !redisUrl
      ? ['Without REDIS_URL, other processes see what happens here up to a second late.']
      : []),
    ...(deps.models.defaultHandle === 'offline/parley'
      ? ['The offline model only shows how things work. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or PROVIDERS.']
      : []),
  ];
  const text = [
    ...lines.map(([name, value]) => `  ${name?.padEnd(9)} ${value}`),
    ...warnings.map((warning) => `  ! ${warning}`),
  ];
  return `\n  Parley is ready\n\n${text.join('\n')}\n\n`;
}

function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.password = '';
  return parsed.href;
}
