import type { Client } from 'pg';
import { startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { encodeCursor, type NamedOrder } from '../../src/schema/lists/list-cursor.ts';
import { conversationConditions } from '../../src/store/list-conditions.ts';
import { Prisma } from '../../src/store/generated/client.ts';
import { pageStatement, type Place } from '../../src/store/page-statement.ts';
import { createClient } from '../harness/client.ts';
import { connect } from './bench-database.ts';
import { findPages, PAGE_SIZE, type ListPage } from './list-pages.ts';

const PAGE = `query Page($first: Int, $after: String, $last: Int, $before: String, $orderBy: ConversationOrder) {
  conversations(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    edges { cursor node { id summary lastRunCompletion } }
    pageInfo { hasNextPage hasPreviousPage }
  }
}`;

interface Answer {
  conversations: { edges: { cursor: string; node: { id: string } }[] };
}

/** One seeded database under a real server, and the two ways to read a page of it. Both give its ids. */
export interface ListTarget extends AsyncDisposable {
  client: Client;
  organizationId: string;
  pages: ListPage[];
  statementOf(page: ListPage): Prisma.Sql;
  readStatement(page: ListPage): Promise<string[]>;
  readRequest(page: ListPage): Promise<string[]>;
  /** How often the connection that read the statements used either kind of plan for them. */
  countPlans(): Promise<{ custom: number; generic: number }>;
}

export async function openTarget(databaseUrl: string): Promise<ListTarget> {
  await using opened = new AsyncDisposableStack();
  const { client } = opened.use(await connect(databaseUrl));
  // What is best for the reference system's way on a few cores: nothing is written to disk, nor done once a worker.
  await client.query("SET work_mem = '256MB'; SET max_parallel_workers_per_gather = 0; SET jit = off");
  // Runs are left alone.
  const config = readConfig({ PORT: '0', ROLE: 'api', DATABASE_URL: databaseUrl });
  const { deps, server } = opened.use(await startApp(config, createLog('silent')));
  const { request } = opened.use(createClient(server?.url ?? ''));
  const { organizationId } = await deps.db.user.findFirstOrThrow({ orderBy: { id: 'asc' } });
  const list = {
    table: 'Conversation',
    owner: 'organizationId',
    where: conversationConditions(organizationId, {}),
  } as const;
  const statementOf = (page: ListPage) => pageStatement(list, [organizationId], { ...page, limit: PAGE_SIZE + 1 });
  const pages = await findPages(client, organizationId);
  const owned = opened.move();
  return {
    client,
    organizationId,
    pages,
    statementOf,
    async readStatement(page) {
      const rows = await deps.sql<{ part: string; id: string }>(statementOf(page));
      const ids = rows.filter(({ part }) => part === 'page').map(({ id }) => id);
      return page.isForward ? ids.slice(0, PAGE_SIZE) : ids.slice(0, PAGE_SIZE).toReversed();
    },
    async readRequest(page) {
      const { data, errors } = await request<Answer, object>(PAGE, variablesOf(page));
      if (!data) throw new Error(`${page.name}: ${JSON.stringify(errors)}`);
      return data.conversations.edges.map(({ node }) => node.id);
    },
    async countPlans() {
      const [counts] = await deps.sql<{ custom: number; generic: number }>(Prisma.sql`
        SELECT sum(custom_plans)::int AS custom, sum(generic_plans)::int AS generic FROM pg_prepared_statements`);
      return counts ?? { custom: 0, generic: 0 };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function variablesOf({ orderBy, order, isForward, after, before }: ListPage) {
  return isForward
    ? { orderBy, first: PAGE_SIZE, after: after && cursorOf(order, after) }
    : { orderBy, last: PAGE_SIZE, before: before && cursorOf(order, before) };
}

function cursorOf(order: NamedOrder, { id, value }: Place): string {
  return encodeCursor(order, { id, [order.column]: value } as { id: string });
}
