import { setTimeout as sleep } from 'node:timers/promises';
import { sweepDeletedAgents } from '../services/delete-agent.ts';
import type { Deps } from '../services/deps.ts';

const EVERY_MS = 30_000;

/** Finishes, every half minute, what a process that died has left half done. */
export function startSweeps(deps: Deps): AsyncDisposable {
  const stopped = new AbortController();
  const sweeping = keepSweeping();
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await sweeping;
    },
  };

  async function keepSweeping() {
    while (!stopped.signal.aborted) {
      await sweepDeletedAgents(deps).catch((error: unknown) =>
        deps.log.warn({ err: error }, 'a sweep failed; trying again'),
      );
      await sleep(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined); // stopped: the loop ends
    }
  }
}
