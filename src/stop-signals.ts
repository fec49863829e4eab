/** A terminal signals npm and the server, and npm passes the signal on: both are one Ctrl-C. */
const SAME_SIGNAL_MS = 1000;
const PARENT_POLL_MS = 500;

/**
 * Calls `stop` at the first SIGINT or SIGTERM. With `watchParent` also when the process that started this one is gone:
 * npm passes signals on, but not when it was killed. A second signal ends the process at once.
 */
export function onStopSignal(watchParent: boolean, stop: (signal: NodeJS.Signals) => void): void {
  let stoppedAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => take(signal));
  if (!watchParent) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    if (stoppedAt === undefined) take('SIGTERM');
  }, PARENT_POLL_MS).unref();

  function take(signal: NodeJS.Signals) {
    if (stoppedAt === undefined) {
      stoppedAt = performance.now();
      stop(signal);
    } else if (performance.now() - stoppedAt > SAME_SIGNAL_MS) process.exit(1);
  }
}
