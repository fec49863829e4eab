import { progress } from './progress.ts';

export interface Case {
  run(): Promise<unknown>;
  /** A slow one takes part in every nth round only. */
  every?: number;
  /** Done after each run, beside the time that is measured. */
  after?(): Promise<unknown>;
}

/** Milliseconds. */
export interface Timing {
  p50: number;
  p95: number;
}

/** A server plans a prepared statement anew five times before it decides on a plan to keep. */
const WARM_UP = 6;

/** Runs every case once a round, in an order drawn for each round: what disturbs the machine disturbs all of them alike. */
export async function runRounds<Kind extends Case>(
  cases: readonly Kind[],
  rounds: number,
  warmUp = WARM_UP,
): Promise<Map<Kind, Timing>> {
  const times = new Map(cases.map((one) => [one, [] as number[]]));
  for (let round = -warmUp; round < rounds; round++) {
    progress(round < 0 ? `warm-up ${round + warmUp + 1} of ${warmUp}…` : `round ${round + 1} of ${rounds}…`);
    for (const one of shuffled(cases.filter(({ every = 1 }) => round % every === 0))) {
      const start = performance.now();
      await one.run();
      if (round >= 0) times.get(one)?.push(performance.now() - start);
      await one.after?.();
    }
  }
  return new Map([...times].map(([one, list]) => [one, { p50: quantile(list, 0.5), p95: quantile(list, 0.95) }]));
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** The measured time that this share of the times does not exceed. */
function quantile(times: readonly number[], share: number): number {
  const rising = times.toSorted((a, b) => a - b);
  return rising[Math.ceil(share * rising.length) - 1] ?? Number.NaN;
}
