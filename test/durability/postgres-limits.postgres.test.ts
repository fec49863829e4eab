import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { createFleet, type Fleet } from '../harness/fleet.ts';
import { startPostgresServer } from '../harness/postgres-server.ts';
import { probeQuiet } from '../harness/probe.ts';
import { newConversation, send } from '../harness/talk.ts';
import { expectNextSend } from './next-send.ts';
import { rounds, timeout } from './rounds.ts';
import { orUnavailable } from './unavailable.ts';

/** Longer than it takes to find out that a server is silent, shorter than a statement may wait. */
const LOCK_MS = 4000;
/** What a wait for a connection (9 s), and then for a lock (6 s), may take on a busy machine. */
const WAIT_MS = 20_000;

const startPair = (fleet: Fleet) => Promise.all([fleet.start({ ROLE: 'api' }), fleet.start({ ROLE: 'worker' })]);

describe('PostgreSQL', () => {
  test.concurrent('that lets a send wait for a lock for some seconds is not taken for silent', async () => {
    await using fleet = await createFleet();
    const { client } = await fleet.start();
    const conversationId = await newConversation(client);
    const holder = new pg.Client(fleet.databaseUrl);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM "ConversationHead" WHERE "conversationId" = $1 FOR UPDATE', [conversationId]);
    const sending = send(client, { conversationId, text: 'Hi', wait: true });
    await sleep(LOCK_MS);
    await holder.query('COMMIT');
    await holder.end();
    expect(await sending).toMatchObject({ status: 'COMPLETED' });
    await expectNextSend(fleet.model, client, conversationId);
  });

  test.concurrent(
    'with fewer connections than the nodes want answers, or says that it cannot, and recovers by itself',
    { timeout: timeout(60) },
    async () => {
      await using server = await startPostgresServer(['max_connections=14', 'superuser_reserved_connections=0']);
      await using fleet = await createFleet(server.database);
      // The test keeps the connection that it has.
      await fleet.database.db.run.count();
      const nodes = await startPair(fleet).then(async ([api]) => [api, await fleet.start({ ROLE: 'api' })]);
      const conversationIds = await Promise.all(Array.from({ length: 20 }, () => newConversation(nodes[0]!.client)));
      const open = () => fleet.database.db.run.count({ where: { status: { in: ['QUEUED', 'RUNNING'] } } });
      let refused = 0;
      for (let round = 1; round <= rounds(1); round++) {
        const asked = performance.now();
        const answers = await Promise.all(
          Array.from({ length: 200 }, (_, index) => {
            const conversationId = conversationIds[index % 20]!;
            return orUnavailable(
              send(nodes[index % 2]!.client, { conversationId, text: `${index}`, onBusy: 'ENQUEUE' }),
            );
          }),
        );
        expect(performance.now() - asked).toBeLessThan(WAIT_MS);
        refused += answers.filter((answer) => answer === undefined).length;
        const sent = answers.flatMap((answer) => answer?.id ?? []);
        expect(await fleet.database.db.run.count({ where: { id: { in: sent } } })).toBe(sent.length);
        await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 40_000, interval: 200 });
      }
      console.log(`too many clients: ${refused} of ${200 * rounds(1)} sends refused`);
      for (const conversationId of conversationIds.slice(0, 3))
        for (const { client } of nodes) await expectNextSend(fleet.model, client, conversationId);
      expect(await probeQuiet(fleet.database.db)).toEqual([]);
    },
  );
});
