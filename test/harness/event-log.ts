import { readConfig } from '../../src/config.ts';
import { createDeltaWriter, type DeltaWriter } from '../../src/events/delta-writer.ts';
import type { Hold } from '../../src/events/change.ts';
import { createFollower, type Follower } from '../../src/events/follow.ts';
import type { Logger } from '../../src/log.ts';
import type { Hint, Wakeups } from '../../src/events/wakeups.ts';
import { createModels } from '../../src/llm/registry.ts';
import { createConversation } from '../../src/services/conversations/create-conversation.ts';
import { ensureDefaults } from '../../src/services/agents/ensure-defaults.ts';
import type { Database, Sql } from '../../src/store/database.ts';
import { createTestDatabase } from './database.ts';
import { createLogBook, type LogBook } from './log-book.ts';

/** The event log of one node, without the rest of a server. */
export interface TestLog extends Database {
  wakeups: Wakeups;
  follower: Follower;
  deltas: DeltaWriter;
  conversationId: string;
  logged: LogBook;
  log: Logger;
  /** A run that this node holds, so that deltas can be written. */
  hold(): Promise<Hold>;
  /** The same in another conversation. */
  holdAnother(): Promise<Hold>;
}

interface Options {
  wakeups: () => Wakeups;
  /** Stands between the writer and the database. */
  throughSql?: (sql: Sql) => Sql;
}

export async function startTestLog({ wakeups: create, throughSql = (sql) => sql }: Options): Promise<TestLog> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await stack.use(await createTestDatabase()).open());
  const { db, sql } = database;
  const models = stack.use(await createModels(readConfig({ OPENAI_API_KEY: 'x' })));
  const logged = createLogBook();
  const wakeups = stack.use(create());
  const follower = stack.use(createFollower({ sql, wakeups, log: logged.log }));
  const deltas = stack.use(createDeltaWriter({ sql: throughSql(sql), wakeups, log: logged.log }));
  const viewer = await ensureDefaults({ db, models });
  const { id: conversationId } = await db.conversation.findFirstOrThrow();
  const all = stack.move();
  return {
    ...database,
    wakeups,
    follower,
    deltas,
    conversationId,
    logged,
    log: logged.log,
    hold: () => hold(conversationId),
    async holdAnother() {
      const { id: agentId } = await db.agent.findFirstOrThrow();
      const conversation = await createConversation({ db, models, wakeups }, viewer, { agentId });
      return hold(conversation.id);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };

  async function hold(id: string): Promise<Hold> {
    const { organizationId } = viewer;
    const fence = { runId: `run-of-${id}`, claim: 1 };
    const data = { activeRunId: fence.runId, activeClaim: fence.claim };
    await db.conversationHead.update({ where: { conversationId: id }, data });
    return { organizationId, conversationId: id, ...fence, signal: new AbortController().signal };
  }
}

/** Wake-ups that a test can lose, double and swap. */
export function unreliable(inner: Wakeups, alter: (hint: Hint) => Hint[]): Wakeups {
  return {
    publish: (hint) => alter(hint).forEach((one) => inner.publish(one)),
    subscribe: (listener) => inner.subscribe(listener),
    [Symbol.asyncDispose]: () => Promise.resolve(inner[Symbol.asyncDispose]()),
  };
}
