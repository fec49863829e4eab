import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long tokens are counted at a stretch: those of a long context take seconds, and everything else in the process waits. */
const STRETCH_MS = 15;

/** Makes a function to await within long work: now and then it lets others have their turn. It throws when `signal` aborts. */
export function createBreather(signal: AbortSignal): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < STRETCH_MS) return;
    await nextTurn();
    signal.throwIfAborted();
    since = performance.now();
  };
}
