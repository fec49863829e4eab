import type { Tools } from '../../src/agent/tool.ts';
import { startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { insertOrganization } from '../../src/services/agents/ensure-defaults.ts';
import type { Deps, Viewer } from '../../src/services/deps.ts';
import { cancelConversation } from '../../src/services/conversations/cancel-conversation.ts';
import { startServer } from '../../src/server.ts';
import { createClient, type TestClient } from './client.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startFakeOpenAi, type FakeOpenAi } from './fake-openai.ts';
import { createLogBook, type LogBook } from './log-book.ts';
import { environmentOf, useSharedApp } from './shared-app.ts';

/** A server seen from outside: its client, its provider, its log. */
export interface TestServer extends TestClient, AsyncDisposable {
  url: string;
  model: FakeOpenAi;
  logged: LogBook;
  /** For state that the API cannot make: moving time, another tenant. */
  deps: Deps;
  /** Whose requests these are. */
  viewer: Viewer;
}

/** A server with a database and a provider of its own. */
export interface OwnServer extends TestServer {
  database: TestDatabase;
  /** Another process's worth of server on the same database, provider and Redis. PostgreSQL only. */
  startNode(environment?: Record<string, string>): Promise<OwnServer>;
}

/**
 * Opens a new organization on the server that the tests of this process share: nothing of another test is visible in it.
 * `tools` run in the server's process. A test that counts rows of every organization, starts a second node or needs a
 * configuration of its own takes `startOwnServer`.
 */
export async function startTestServer(tools: Tools = new Map()): Promise<TestServer> {
  await using stack = new AsyncDisposableStack();
  const { deps, model, logged, tools: shared } = await useSharedApp();
  logged.lines.length = 0;
  for (const [name, tool] of tools) shared.set(name, tool);
  stack.defer(() => shared.clear());
  stack.defer(() => model.reset());
  const viewer = await deps.db.$transaction((tx) =>
    insertOrganization(tx, deps.models, { name: 'Test', userName: 'Tester' }),
  );
  stack.defer(() => cancelOpenRuns(deps, viewer));
  const config = { ...readConfig({}), port: 0 };
  const { url } = stack.use(await startServer({ deps, viewer, config, isReady: async () => true }));
  const client = stack.use(createClient(url));
  const all = stack.move();
  return { ...client, url, model, logged, deps, viewer, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Starts a server on a database of its own. `environment` is what a user would set; `tools` run in its process. */
export async function startOwnServer(
  environment: Record<string, string> = {},
  tools: Tools = new Map(),
): Promise<OwnServer> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const model = stack.use(await startFakeOpenAi());
  return startNode(database, model, environment, tools, stack.move());
}

async function startNode(
  database: TestDatabase,
  model: FakeOpenAi,
  environment: Record<string, string>,
  tools: Tools,
  owned: AsyncDisposableStack,
): Promise<OwnServer> {
  await using stack = owned;
  const logged = createLogBook();
  const config = readConfig({ ...environmentOf(database, model), ...environment });
  const { deps, server } = stack.use(await startApp(config, logged.log, { open: database.open, tools }));
  const url = server?.url ?? '';
  const client = stack.use(createClient(url));
  const viewer = await deps.db.user.findFirstOrThrow({ orderBy: { id: 'asc' } });
  const all = stack.move();
  return {
    ...client,
    url,
    model,
    database,
    logged,
    deps,
    viewer,
    startNode: (other = {}) => startNode(database, model, other, tools, new AsyncDisposableStack()),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** What a test leaves running must not call the provider that the next test scripts. */
async function cancelOpenRuns(deps: Deps, viewer: Viewer): Promise<void> {
  const { organizationId } = viewer;
  const busy = await deps.db.conversationHead.findMany({ where: { organizationId, activeRunId: { not: null } } });
  for (const { conversationId } of busy) await cancelConversation(deps, viewer, conversationId).catch(() => undefined);
}
