import { expect, test, vi } from 'vitest';
import { createLoop } from '../src/loop.ts';

const never = 600_000;

test('a loop repeats its work, and a round may choose the delay to the next one', async () => {
  const work = vi.fn(async () => 1);
  const loop = createLoop({ everyMs: never, work, onError: rethrow });
  await vi.waitFor(() => expect(work.mock.calls.length).toBeGreaterThan(3));
  await loop[Symbol.asyncDispose]();
});

test('a wake-up cuts the wait short, and one that comes during a round is remembered', async () => {
  const round = Promise.withResolvers<void>();
  const work = vi.fn(() => round.promise);
  await using loop = createLoop({ everyMs: never, work, onError: rethrow });
  loop.wake();
  round.resolve();
  await vi.waitFor(() => expect(work).toHaveBeenCalledTimes(2));
  loop.wake();
  await vi.waitFor(() => expect(work).toHaveBeenCalledTimes(3));
});

test('wake-ups within the gap after a round lead to one round, at its end', async () => {
  const starts: number[] = [];
  const work = vi.fn(async () => void starts.push(performance.now()));
  await using loop = createLoop({ everyMs: never, gapMs: 100, work, onError: rethrow });
  for (let times = 0; times < 5; times += 1) loop.wake();
  await vi.waitFor(() => expect(work).toHaveBeenCalledTimes(2));
  expect(starts[1]! - starts[0]!).toBeGreaterThan(95);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(work).toHaveBeenCalledTimes(2);
});

test('a failed round is reported, and no wake-up brings the next one early', async () => {
  const errors: unknown[] = [];
  const starts: number[] = [];
  const failing = async () => {
    starts.push(performance.now());
    throw new Error('no');
  };
  await using loop = createLoop({ everyMs: 100, work: failing, onError: (error) => errors.push(error) });
  loop.wake();
  await vi.waitFor(() => expect(starts.length).toBeGreaterThan(1));
  expect(errors[0]).toEqual(new Error('no'));
  expect(starts[1]! - starts[0]!).toBeGreaterThan(95);
});

test('disposal tells the round under way, waits for it, and begins no other', async () => {
  const round = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const loop = createLoop({
    everyMs: 1,
    work(signal) {
      signals.push(signal);
      return round.promise;
    },
    onError: rethrow,
  });
  let isDisposed = false;
  const disposed = loop[Symbol.asyncDispose]().then(() => (isDisposed = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isDisposed).toBe(false);
  round.resolve();
  await disposed;
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test('disposal ends a wait at once', async () => {
  const work = vi.fn(async () => undefined);
  const loop = createLoop({ everyMs: never, gapMs: never, work, onError: rethrow });
  await vi.waitFor(() => expect(work).toHaveBeenCalled());
  await loop[Symbol.asyncDispose]();
  expect(work).toHaveBeenCalledTimes(1);
});

function rethrow(error: unknown) {
  throw error;
}
