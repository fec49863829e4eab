import { keepDatabase } from './bench-database.ts';
import { compactionCases, type CompactionCase } from './compaction-cases.ts';
import { openCompactionTarget } from './compaction-target.ts';
import { runRounds, type Timing } from './rounds.ts';
import { MESSAGES, seedCompaction } from './seed-compaction.ts';
import { table } from './table.ts';

const ROUNDS = 7;
const WARM_UP = 1;

/** What compacting a context of 10,000 messages takes beside the model's own time: time, and statements. */
export async function benchCompaction(server: string): Promise<void> {
  const name = 'parley_bench_compaction';
  const url = await keepDatabase(server, { name, version: 1, seed: seedCompaction });
  await using target = await openCompactionTarget(url);
  const cases = compactionCases(target);
  const timings = await runRounds(cases, ROUNDS, WARM_UP);
  process.stdout
    .write(`Compacting ${MESSAGES} messages of about 200 bytes on request, in ms of ${ROUNDS} interleaved rounds, in one process with the fake
model. "Ours" is the whole request without the time that the model takes; the ratio is to that of a model of one second.
A count by tokenizer is that of OpenAI's models; elsewhere tokens are estimated. Undone after each round, untimed.

${table(
  HEADER,
  [...timings].map(([one, timing]) => rowOf(one, timing)),
)}`);
}

const HEADER = ['mode, tokens', 'model', 'calls', 'left', 'whole p50', 'ours p50', 'p95', 'ratio', 'statements'];

function rowOf({ title, delayMs, seen }: CompactionCase, { p50, p95 }: Timing): string[] {
  const modelMs = seen.calls * delayMs;
  const [ours, most] = [p50 - modelMs, p95 - modelMs];
  return [
    title,
    delayMs === 0 ? 'at once' : `${modelMs} ms`,
    String(seen.calls),
    String(seen.left),
    p50.toFixed(0),
    ours.toFixed(0),
    most.toFixed(0),
    (ours / 1000).toFixed(2),
    String(seen.statements),
  ];
}
