import { expect, test, vi } from 'vitest';
import { probeQuiet } from '../harness/probe.ts';
import { startOwnServer } from '../harness/server.ts';
import { history, newConversation, send } from '../harness/talk.ts';
import { expectNextSend } from './next-send.ts';
import { rounds, timeout } from './rounds.ts';
import { orUnavailable } from './unavailable.ts';

/** Above the wait for a connection of the pool. */
const BOUND_MS = 12_000;

test(
  'two hundred sends and reads at once over one process are answered, or refused in time, and none is lost',
  {
    timeout: timeout(60),
  },
  async () => {
    await using server = await startOwnServer();
    const { db } = server.deps;
    const conversationIds = await Promise.all(Array.from({ length: 20 }, () => newConversation(server)));
    const sent: string[] = [];
    let refused = 0;
    for (let round = 1; round <= rounds(1); round++) {
      await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const conversationId = conversationIds[index % 20]!;
          const begun = performance.now();
          const [run, read] = await Promise.all([
            orUnavailable(send(server, { conversationId, text: `${round} ${index}`, onBusy: 'ENQUEUE' })),
            orUnavailable(history(server, conversationId)),
          ]);
          expect(performance.now() - begun).toBeLessThan(BOUND_MS);
          if (run) sent.push(run.id);
          refused += [run, read].filter((answer) => answer === undefined).length;
        }),
      );
      const open = () => db.run.count({ where: { status: { in: ['QUEUED', 'RUNNING'] } } });
      await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 40_000, interval: 200 });
    }
    console.log(`200 at once: ${refused} of ${400 * rounds(1)} refused`);
    const completed = await db.run.findMany({ where: { status: 'COMPLETED' }, select: { id: true } });
    expect(completed.map(({ id }) => id)).toEqual(expect.arrayContaining(sent));
    for (const conversationId of conversationIds) await expectNextSend(server.model, server, conversationId);
    expect(await probeQuiet(db)).toEqual([]);
  },
);
