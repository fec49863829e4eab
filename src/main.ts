import { startApp, type App } from './app.ts';
import { readConfig, type Config } from './config.ts';
import { arm } from './failpoint.ts';
import { createLog } from './log.ts';

try {
  const config = readConfig();
  const log = createLog(config.logLevel);
  const app = await startApp(config, log);
  arm(config.failpoint);
  process.stdout.write(banner(config, app));
  stopOnSignals(app, (error) => log.error({ err: error }, 'the server did not stop cleanly'));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
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
      ? ['The offline model only shows how things work. Set OPENAI_API_KEY, OPENAI_BASE_URL or PROVIDERS.']
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

/** The first signal lets runs finish or hands them over; a second one does not wait. */
function stopOnSignals(app: App, onError: (error: unknown) => void) {
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      process.stdout.write('Stopping: runs get 25 seconds to finish. Once more to stop at once.\n');
      Promise.resolve(app[Symbol.asyncDispose]()).catch((error: unknown) => {
        onError(error);
        process.exitCode = 1;
      });
    });
  }
}
