import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../log.ts';
import { createLoop } from '../loop.ts';
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
  /** The server's process ids of the connections that were in use when the server fell silent. */
  let lost: number[] | undefined;
  return createLoop({
    everyMs: DOUBT_MS,
    async work(signal) {
      if (!lost) {
        if (pool.longestUseMs() < DOUBT_MS || (await isThere(signal))) return;
        log.warn('the database does not answer');
        lost = pool.close();
      }
      if (!(await isFreeOf(lost, signal))) return STEP_MS;
      lost = undefined;
      pool.open();
      log.info('the database answers again');
      return;
    },
    onError: (error) => log.warn({ err: error }, 'asking whether the database answers failed'),
  });

  /** A refusal is an answer too: whoever is concerned is told by the server itself. */
  function isThere(signal: AbortSignal): Promise<boolean> {
    return ask(signal, async (client) => {
      await client.connect().catch(() => undefined);
      return true;
    });
  }

  /**
   * Nobody knows what becomes of the statements that were under way: a server that was frozen carries them out when it goes
   * on. They must have come to their end before they are tried again.
   */
  function isFreeOf(connections: number[], signal: AbortSignal): Promise<boolean> {
    return ask(signal, async (client) => {
      try {
        await client.connect();
        await client.query(
          `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE pid = ANY($1) AND application_name = $2`,
          [connections, pool.options.application_name],
        );
        return true;
      } catch (error) {
        return !isUnavailable(error);
      }
    });
  }

  /** False when the server has said nothing in time. */
  async function ask(signal: AbortSignal, question: (client: pg.Client) => Promise<boolean>): Promise<boolean> {
    // The time is taken below; this one only ends what has been given up.
    const client = new pg.Client({ ...config, connectionTimeoutMillis: 2 * STEPS * STEP_MS });
    client.on('error', () => {});
    let answer: boolean | undefined;
    const asking = question(client).then((is) => (answer = is));
    for (let step = 0; step < STEPS && answer === undefined && !signal.aborted; step++) {
      const pause = sleep(STEP_MS, undefined, { signal, ref: false }).catch(() => undefined); // disposed: nothing to wait for
      await Promise.race([asking, pause]);
    }
    void client.end();
    return signal.aborted || (answer ?? false);
  }
}
