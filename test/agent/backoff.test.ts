import { afterEach, expect, test, vi } from 'vitest';
import { createBackoff } from '../../src/agent/backoff.ts';

const failure = { code: 'LLM_UNAVAILABLE', isRetryable: true, retryAfterMs: null, mostTries: Infinity } as const;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('waits a random share of half a second, doubled with each failure, and gives up after the last try', () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(1);
  const backoff = createBackoff(5);
  const waits = Array.from({ length: 5 }, () => backoff.next(failure));
  expect(waits).toEqual([500, 1000, 2000, 4000, undefined]);
  random.mockReturnValue(0.1);
  expect(createBackoff(5).next(failure)).toBe(50);
});

test('gives up on a failure that may be repeated so often only, whatever failed before', () => {
  const empty = { ...failure, code: 'LLM_INVALID_RESPONSE', mostTries: 2 } as const;
  const backoff = createBackoff(5);
  for (const waited of [failure, empty, failure].map(backoff.next)) expect(waited).toBeGreaterThanOrEqual(0);
  expect(backoff.next(empty)).toBeUndefined();
});

test('waits at least as long as the provider asks', () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  expect(createBackoff(5).next({ ...failure, retryAfterMs: 3000 })).toBe(3250);
});

test('gives up at once on a failure that stays, and with one try', () => {
  expect(createBackoff(5).next({ ...failure, isRetryable: false })).toBeUndefined();
  expect(createBackoff(1).next(failure)).toBeUndefined();
});

test('gives up when what the provider asks does not fit into the two minutes after the first failure', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  expect(createBackoff(5).next({ ...failure, retryAfterMs: 120_001 })).toBeUndefined();

  const backoff = createBackoff(9);
  vi.advanceTimersByTime(600_000); // the first try streamed for long
  expect(backoff.next(failure)).toBeLessThanOrEqual(500);
  vi.advanceTimersByTime(119_000);
  expect(backoff.next({ ...failure, retryAfterMs: 900 })).toBeLessThanOrEqual(1000);
  expect(backoff.next({ ...failure, retryAfterMs: 1100 })).toBeUndefined();
  vi.advanceTimersByTime(1001);
  expect(backoff.next(failure)).toBeUndefined();
});
