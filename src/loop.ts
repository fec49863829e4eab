import { setTimeout as sleep } from 'node:timers/promises';
import { createWaker } from './waker.ts';

export interface Loop extends AsyncDisposable {
  /** Cuts the wait for the next round short. During a round it skips the wait after it. */
  wake(): void;
}

interface LoopOptions {
  /** The delay between two rounds. */
  everyMs: number;
  /** The shortest delay between two rounds, which no wake-up cuts short. Default: 0. */
  gapMs?: number;
  /** One round. It may resolve with the delay to the next round, if that is not `everyMs`. `signal` aborts on disposal. */
  work(signal: AbortSignal): Promise<number | undefined | void>;
  /** Reports a failed round. The next round follows after `everyMs`, which no wake-up cuts short. */
  onError(error: unknown): void;
}

/**
 * Repeats `work`, one round at a time, until it is disposed. The first round starts at once. Disposal waits for the round
 * under way. A loop that only waits does not keep the process alive.
 */
export function createLoop({ everyMs, gapMs = 0, work, onError }: LoopOptions): Loop {
  const stop = new AbortController();
  const waker = createWaker();
  const running = run(stop.signal);

  return {
    wake: waker.wake,
    async [Symbol.asyncDispose]() {
      stop.abort();
      waker.wake();
      await running;
    },
  };

  async function run(signal: AbortSignal) {
    while (!signal.aborted) {
      let pauseMs = gapMs;
      let delayMs = everyMs;
      try {
        delayMs = (await work(signal)) ?? everyMs;
      } catch (error) {
        onError(error);
        pauseMs = everyMs;
      }
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined); // disposed: the loop ends
      await waker.next(Math.max(0, delayMs - pauseMs));
    }
  }
}
