import type { ModelError, ModelErrorCode } from './model.ts';

const FIRST_WAIT_MS = 500;
/** Counted from the first failure: a try that broke after minutes of text may still be repeated. */
const BUDGET_MS = 120_000;

interface Backoff {
  /** How long to wait before the next try; undefined when there is to be none. Call it once a failure. */
  next(error: Pick<ModelError, 'code' | 'isRetryable' | 'retryAfterMs' | 'mostTries'>): number | undefined;
}

/** Decides for one model call whether and when it is made again. */
export function createBackoff(maxTries: number): Backoff {
  let failures = 0;
  const failuresBy = new Map<ModelErrorCode, number>();
  let end = Infinity;
  return {
    next({ code, isRetryable, retryAfterMs, mostTries }) {
      failures += 1;
      const alike = (failuresBy.get(code) ?? 0) + 1;
      failuresBy.set(code, alike);
      if (failures === 1) end = performance.now() + BUDGET_MS;
      const leftMs = end - performance.now();
      const leastMs = retryAfterMs ?? 0;
      if (!isRetryable || failures >= maxTries || alike >= mostTries || leastMs > leftMs) return undefined;
      // Any share of the step, not the step: runs that failed together must not come back together.
      const jitterMs = Math.random() * FIRST_WAIT_MS * 2 ** (failures - 1);
      return Math.min(leftMs, leastMs + jitterMs);
    },
  };
}
