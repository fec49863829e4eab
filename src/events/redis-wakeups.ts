import { Redis } from 'ioredis';
import { v7 } from 'uuid';
import { z } from 'zod';
import type { Logger } from '../log.ts';
import { createLocalWakeups, type Hint, type Wakeups } from './wakeups.ts';

const CHANNEL = 'parley:wakeups';
const COMPLAIN_EVERY_MS = 10_000;

/** A hint that Redis cannot take at once is dropped, never queued: a late one would be worth less than the next poll. */
const OPTIONS = {
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  commandTimeout: 500,
  connectTimeout: 1000,
  retryStrategy: (times: number) => Math.min(50 * times, 1000),
};

/** Other versions, or other programs, may publish on the channel: what is not understood is dropped. */
const Message = z.object({
  from: z.string(),
  organizationId: z.string(),
  conversationId: z.string(),
  isRunReady: z.boolean(),
  events: z.array(
    z.object({
      conversationId: z.string(),
      seq: z.int(),
      runId: z.string().nullable(),
      type: z.string(),
      data: z.looseObject({}),
      createdAt: z.coerce.date(),
    }),
  ),
});

/** One channel for all nodes. While Redis is away, followers and workers fall back to their polls. */
export function createRedisWakeups(url: string, log: Logger): Wakeups {
  const node = v7();
  const local = createLocalWakeups();
  const publisher = new Redis(url, OPTIONS);
  const subscriber = new Redis(url, { ...OPTIONS, autoResubscribe: false });
  const complain = atMostEvery(COMPLAIN_EVERY_MS, (error) =>
    log.warn({ reason: String(error) }, 'redis is away: events arrive by polling'),
  );

  for (const connection of [publisher, subscriber]) connection.on('error', complain);
  subscriber.on('ready', () => void subscriber.subscribe(CHANNEL).catch(complain));
  subscriber.on('message', (_channel, text) => {
    const message = Message.safeParse(parseJson(text));
    if (!message.success) complain('a message on its channel that is none of ours');
    else if (message.data.from !== node) local.publish(message.data as Hint);
  });

  return {
    ...local,
    publish(hint) {
      local.publish(hint);
      if (publisher.status !== 'ready') return;
      publisher.publish(CHANNEL, JSON.stringify({ from: node, ...hint })).catch((error: unknown) => {
        complain(error);
        // Nothing answers: drop what waits in the socket too, and connect anew.
        if (publisher.status === 'ready' && /timed out/.test(String(error))) publisher.disconnect(true);
      });
    },
    async [Symbol.asyncDispose]() {
      publisher.disconnect();
      subscriber.disconnect();
      await local[Symbol.asyncDispose]();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // which is no message of ours
  }
}

function atMostEvery(ms: number, call: (argument: unknown) => void) {
  let next = 0;
  return (argument: unknown) => {
    if (performance.now() < next) return;
    next = performance.now() + ms;
    call(argument);
  };
}
