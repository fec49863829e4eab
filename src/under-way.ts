/** Work that is not done yet. */
export interface UnderWay {
  track<Work>(work: Work): Work;
  /** Each step of an iteration. A step that waits for the next value is done as soon as the iteration is ended. */
  trackEach<Value>(values: AsyncIterable<Value>): AsyncIterableIterator<Value>;
  /** Resolves when everything is done, and after `ms` at the latest. */
  done(ms: number): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const pending = new Set<Promise<unknown>>();
  return {
    track,
    trackEach(values) {
      const iterator = values[Symbol.asyncIterator]();
      return {
        next: () => track(iterator.next()),
        return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
        throw: async (error) => (await iterator.throw?.(error)) ?? Promise.reject(error),
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
    async done(ms) {
      const limit = Promise.withResolvers<void>();
      let isOver = false;
      // It keeps the process alive: what comes after this in the shutdown still has to be done.
      const timer = setTimeout(() => {
        isOver = true;
        limit.resolve();
      }, ms);
      while (pending.size > 0 && !isOver) await Promise.race([Promise.all(pending), limit.promise]);
      clearTimeout(timer);
    },
  };

  function track<Work>(work: Work): Work {
    if (work instanceof Promise) {
      const settled: Promise<unknown> = work.then(forget, forget);
      pending.add(settled);
      function forget() {
        pending.delete(settled);
      }
    }
    return work;
  }
}
