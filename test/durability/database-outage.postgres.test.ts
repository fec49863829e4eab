import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { GraphQLErrors } from '../harness/client.ts';
import { FIRST_AGENT, NEW_CONVERSATION } from '../harness/documents.ts';
import { startDyingDatabase } from '../harness/dying-database.ts';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import { probeQuiet } from '../harness/probe.ts';
import { isEnd, newConversation, send } from '../harness/talk.ts';
import { watch } from '../harness/watch.ts';
import { expectNextSend } from './next-send.ts';

const OUTAGES = 150;

describe('a server that loses its database connections all the time', () => {
  test('stays up, answers or says that it cannot, and ends every run right', { timeout: 60_000 }, async () => {
    await using fleet = await createFleet();
    await using watchers = new AsyncDisposableStack();
    const node = await fleet.start();
    const talks = await Promise.all(Array.from({ length: 6 }, () => startTalk()));
    for (let count = 0; count < 1000; count++) fleet.model.tokens(10, { delayMs: 10 });

    const stop = new AbortController();
    const acknowledged: string[] = [];
    const sending = Promise.all(talks.map(({ conversationId }) => keepSending(conversationId)));
    const dropped = await Promise.race([keepDropping(fleet), sending.then(() => 0)]);
    stop.abort();
    await sending;
    expect(dropped).toBeGreaterThan(OUTAGES);
    // A claim whose answer was lost waits for its lease.
    const open = () => fleet.database.db.run.count({ where: { status: { in: ['QUEUED', 'RUNNING'] } } });
    await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 30_000, interval: 200 });

    const runs = await fleet.database.db.run.findMany({ orderBy: { queuedSeq: 'asc' } });
    for (const { conversationId, watcher } of talks) {
      const last = runs.findLast((run) => run.conversationId === conversationId);
      await watcher.sees((edge) => isEnd(edge) && edge.runId === last?.id);
    }
    const transcripts = talks.map(({ watcher }) => ({ ...watcher.transcript, isComplete: true }));
    expect(await probeQuiet(fleet.database.db, transcripts)).toEqual([]);
    expect(runs.filter(({ status }) => status !== 'COMPLETED')).toEqual([]);
    expect(runs.map(({ id }) => id)).toEqual(expect.arrayContaining(acknowledged));
    expect((await fetch(new URL('/ready', node.url))).status).toBe(200);
    fleet.model.forgetAnswers();
    for (const { conversationId } of talks) await expectNextSend(fleet.model, node.client, conversationId);

    async function startTalk() {
      const conversationId = await newConversation(node.client);
      return { conversationId, watcher: watchers.use(await watch(node.url, conversationId)) };
    }

    async function keepSending(conversationId: string) {
      for (let count = 0; !stop.signal.aborted; await sleep(80)) {
        const key = `${conversationId}.${count}`;
        try {
          const run = await send(node.client, { conversationId, text: key, onBusy: 'ENQUEUE', idempotencyKey: key });
          acknowledged.push(run.id);
          count += 1;
        } catch (error) {
          // The same again, which its key makes safe.
          if (!(error instanceof GraphQLErrors)) throw error;
          expect(error.errors.map(({ extensions }) => extensions?.['code'])).toEqual(['SERVICE_UNAVAILABLE']);
        }
      }
    }
  });

  test('survives one that dies just as it is handed to whoever waits for it', async () => {
    await using fleet = await createFleet();
    await using database = await startDyingDatabase(fleet.databaseUrl);
    const { client } = await fleet.start({ DATABASE_URL: database.url });
    const { agents } = await client.execute(FIRST_AGENT, {});
    const agentId = agents.nodes[0]?.id ?? '';
    // More than there are connections, so that each that comes back is handed on at once.
    const asking = Promise.all(Array.from({ length: 200 }, () => client.request(NEW_CONVERSATION, { agentId })));
    database.dieWithAnswers(80);
    const codes = (await asking).map(({ errors }) => errors?.[0]?.extensions?.['code']);
    expect(new Set(codes)).toEqual(new Set([undefined, 'SERVICE_UNAVAILABLE']));
    await expectNextSend(fleet.model, client, agentId);
    expect(await probeQuiet(fleet.database.db)).toEqual([]);
  });
});

/** Ends connections that are in the middle of something, now and then all. Returns how many. */
async function keepDropping({ databaseUrl }: Fleet): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  let dropped = 0;
  // A busy machine has fewer connections in use at a time.
  for (let outage = 1; outage <= OUTAGES || dropped <= OUTAGES; outage++) {
    await sleep(20);
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'parley' AND (state <> 'idle' OR $1)`,
      [outage % 20 === 0],
    );
    dropped += rowCount ?? 0;
  }
  await client.end();
  return dropped;
}
