import { Redis } from 'ioredis';
import { v7 } from 'uuid';
import type { Logger } from '../log.ts';
import type { ConversationEvent } from './vocabulary.ts';
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
    const { from, ...hint } = JSON.parse(text) as Hint & { from: string };
    if (from !== node) local.publish({ ...hint, events: hint.events.map(revive) });
  });

  return {
    ...local,
    publish(hint) {
      local.publish(hint);
      if (publisher.status === 'ready')
        publisher.publish(CHANNEL, JSON.stringify({ from: node, ...hint })).catch(complain);
    },
    async [Symbol.asyncDispose]() {
      publisher.disconnect();
      subscriber.disconnect();
      await local[Symbol.asyncDispose]();
    },
  };
}

function revive(event: ConversationEvent): ConversationEvent {
  return { ...event, createdAt: new Date(event.createdAt) };
}

function atMostEvery(ms: number, call: (argument: unknown) => void) {
  let next = 0;
  return (argument: unknown) => {
    if (performance.now() < next) return;
    next = performance.now() + ms;
    call(argument);
  };
}
