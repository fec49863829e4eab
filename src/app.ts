import type { Tools } from './agent/tool.ts';
import type { Config } from './config.ts';
import { createConversationFeed } from './events/conversation-feed.ts';
import { createDeltaWriter } from './events/delta-writer.ts';
import { createFollower } from './events/follow.ts';
import { createRedisWakeups } from './events/redis-wakeups.ts';
import { createLocalWakeups } from './events/wakeups.ts';
import { createLessons } from './llm/dialects/lessons.ts';
import { createModels } from './llm/registry.ts';
import { listen } from './listen.ts';
import type { Logger } from './log.ts';
import { createOriginCheck } from './request-origin.ts';
import { startServer, type Server } from './server.ts';
import type { Deps } from './services/deps.ts';
import { shareLessons } from './services/lessons/share-lessons.ts';
import { ensureDefaults } from './services/agents/ensure-defaults.ts';
import { warnOfMissingModels } from './services/agents/warn-of-missing-models.ts';
import { openDatabase } from './store/open-database.ts';
import { isReachable } from './store/unavailable.ts';
import { startSweeps } from './worker/sweeps.ts';
import { createWorker } from './worker/worker.ts';

const GRACE_MS = 25_000;

/** What may be plugged in. */
interface Parts {
  open?: typeof openDatabase;
  tools?: Tools;
}

/** A running process. Disposing it stops claiming, lets runs finish or hands them over, then closes everything it opened. */
export interface App extends AsyncDisposable {
  deps: Deps;
  /** Missing in a process that is a worker only. */
  server: Server | undefined;
}

/** Builds everything from the configuration, in the order in which things need each other. */
export async function startApp(
  config: Config,
  log: Logger,
  { open = openDatabase, tools = new Map() }: Parts = {},
): Promise<App> {
  await using starting = new AsyncDisposableStack();
  let isStopping = false;
  const lessons = createLessons();
  const models = starting.use(await createModels(config, lessons));
  const { db, sql } = starting.use(await open(config, log));
  const wakeups = starting.use(config.redisUrl ? createRedisWakeups(config.redisUrl, log) : createLocalWakeups());
  const follower = starting.use(createFollower({ sql, wakeups, log }));
  const conversationFeed = starting.use(createConversationFeed({ sql, wakeups, log }));
  const deltas = starting.use(createDeltaWriter({ sql, wakeups, log }));
  const deps: Deps = {
    log,
    db,
    sql,
    wakeups,
    follower,
    conversationFeed,
    deltas,
    models,
    tools,
    approvalTimeoutMs: config.approvalTimeoutMs,
    images: config.images,
  };
  const viewer = await ensureDefaults(deps);
  await warnOfMissingModels(deps);
  starting.use(shareLessons(deps, lessons));

  const server = await serve();
  if (config.role !== 'api') {
    starting.use(startSweeps(deps, config));
    starting.use(
      createWorker(deps, {
        concurrency: config.workerConcurrency,
        leaseMs: config.runLeaseMs,
        perOrganization: config.organizationConcurrency,
        graceMs: GRACE_MS,
      }),
    );
  }
  const started = starting.move();
  return {
    deps,
    server,
    async [Symbol.asyncDispose]() {
      isStopping = true;
      await started.disposeAsync();
    },
  };

  async function serve(): Promise<Server | undefined> {
    const { port, role } = config;
    if (port === undefined) return undefined;
    if (role !== 'worker') {
      // Beside a worker the grace is over when the server stops: the runs have had it.
      const grace = role === 'api' ? { graceMs: GRACE_MS } : {};
      return starting.use(await startServer({ deps, viewer, config: { ...config, port }, isReady, ...grace }));
    }
    starting.use(
      await listen({ ...config, port, checkOrigin: createOriginCheck(config.allowedOrigins, log), isReady }),
    );
    return undefined;
  }

  async function isReady() {
    return !isStopping && (await isReachable(sql));
  }
}
