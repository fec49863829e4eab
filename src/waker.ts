/** Lets one loop wait for work: a wake-up while it is busy is remembered, and shortens its next wait to nothing. */
interface Waker {
  wake(): void;
  /** Resolves on a wake-up since the last call, and after `ms` at the latest. */
  next(ms?: number): Promise<void>;
}

export function createWaker(): Waker {
  let isDue = false;
  let resume: (() => void) | undefined;
  return {
    wake() {
      isDue = true;
      resume?.();
    },
    async next(ms) {
      if (!isDue) {
        await new Promise<void>((resolve) => {
          const timer = ms === undefined ? undefined : setTimeout(resolve, ms).unref();
          resume = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      resume = undefined;
      isDue = false;
    },
  };
}
