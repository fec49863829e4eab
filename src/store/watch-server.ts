import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../log.ts';
import type { PatientPool } from './patient-pool.ts';
import { isUnavailable } from './unavailable.ts';

/** A statement that takes so long raises the question whether the server is there. */
const DOUBT_MS = 500;
/** It may take two seconds to answer that. In steps: a process that was itself held up must not blame the server. */
const STEP_MS = 250;
const STEPS = 8;

/**
 * Tells a server that does not answer at all, being frozen or cut off, from one that lets a statement wait for a lock: while
 * statements are outstanding, it is asked over a connection of its own. If it is silent, the pool is closed until it answers.
 */
export function watchServer(pool: PatientPool, config: pg.ClientConfig, log: Logger): AsyncDisposable {
  const stop = new AbortController();
  const watching = keepWatching();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
    },
  };

  async function keepWatching() {
    while (!stop.signal.aborted) {
      await pause(DOUBT_MS);
      if (pool.longestUseMs() < DOUBT_MS || (await isThere())) continue;
      log.warn('the database does not answer');
      const lost = pool.close();
      while (!stop.signal.aborted && !(await isFreeOf(lost))) await pause(STEP_MS);
      pool.open();
      log.info('the database answers again');
    }
  }

  /** A refusal is an answer too: whoever is concerned is told by the server itself. */
  function isThere(): Promise<boolean> {
    return ask(async (client) => {
      await client.connect().catch(() => undefined);
      return true;
    });
  }

  /**
   * Nobody knows what becomes of the statements that were under way: a server that was frozen carries them out when it goes
   * on. They must have come to their end before they are tried again.
   */
  function isFreeOf(lost: number[]): Promise<boolean> {
    return ask(async (client) => {
      try {
        await client.connect();
        await client.query(
          `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE pid = ANY($1) AND application_name = $2`,
          [lost, pool.options.application_name],
        );
        return true;
      } catch (error) {
        return !isUnavailable(error);
      }
    });
  }

  /** False when the server has said nothing in time. */
  async function ask(question: (client: pg.Client) => Promise<boolean>): Promise<boolean> {
    // The time is taken below; this one only ends what has been given up.
    const client = new pg.Client({ ...config, connectionTimeoutMillis: 2 * STEPS * STEP_MS });
    client.on('error', () => {});
    let answer: boolean | undefined;
    const asking = question(client).then((is) => (answer = is));
    for (let step = 0; step < STEPS && answer === undefined && !stop.signal.aborted; step++)
      await Promise.race([asking, pause(STEP_MS)]);
    void client.end();
    return stop.signal.aborted || (answer ?? false);
  }

  async function pause(milliseconds: number) {
    await sleep(milliseconds, undefined, { signal: stop.signal, ref: false }).catch(() => undefined); // stopped: nothing to wait for
  }
}
