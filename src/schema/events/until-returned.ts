/**
 * Gives `source` a signal that aborts when its consumer leaves.
 *
 * A plain async generator cannot be stopped while it awaits: return() queues behind the
 * pending next(). Aborting first makes the generator resume, clean up and finish.
 */
export function untilReturned<T>(source: (signal: AbortSignal) => AsyncGenerator<T, void>): AsyncIterableIterator<T> {
  const left = new AbortController();
  const items = source(left.signal);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => items.next(),
    return: () => {
      left.abort();
      return items.return();
    },
  };
}
