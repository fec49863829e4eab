import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from './bench-database.ts';
import { progress } from './progress.ts';
import { startProcess } from './streams/bench-process.ts';
import { runScenario, type Figure, type Scenario } from './streams/figures.ts';
import { median } from './streams/measure.ts';
import { parleyTarget } from './streams/parley-target.ts';
import { directTarget, pipeTarget } from './streams/plain-targets.ts';
import { recipeTarget } from './streams/recipe-target.ts';
import { SCENARIOS } from './streams/scenarios.ts';
import type { Target } from './streams/target.ts';
import { table } from './table.ts';

const ROUNDS = 3;

interface Line {
  scenario: string;
  figure: string;
  values: Record<string, number | null>;
  goal: string | null;
  /** Of the server on PostgreSQL. */
  isMet: boolean | null;
}

/**
 * Tokens from a fake model to clients: read directly, through a bare HTTP pipe, through the recipe, and through Parley on
 * PostgreSQL and embedded. All take turns in every round; what is printed is the median of the rounds.
 */
export async function benchStream(server: string, { json }: { json: boolean }): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(await startProcess('provider.ts'));
  const database = stack.use(await freshDatabase(server));
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const scripts = SCENARIOS.map(({ script }) => script);
  const redisUrl = process.env['BENCH_REDIS_URL'] || process.env['TEST_REDIS_URL'];
  const postgres = { DATABASE_URL: database.url, WORKER_CONCURRENCY: '200', ...(redisUrl && { REDIS_URL: redisUrl }) };
  const embedded = { DATA_DIR: dataDir, WORKER_CONCURRENCY: '200' };
  const targets = [
    stack.use(directTarget(provider.url)),
    stack.use(await pipeTarget(provider.url)),
    stack.use(await recipeTarget(provider.url)),
    stack.use(await parleyTarget('PostgreSQL', provider.url, scripts, postgres)),
    stack.use(await parleyTarget('embedded', provider.url, scripts, embedded)),
  ];
  const lines: Line[] = [];
  for (const scenario of SCENARIOS) lines.push(...(await roundsOf(scenario, targets)));
  process.stdout.write(json ? `${JSON.stringify(lines, null, 2)}\n` : print(lines, targets));
}

async function roundsOf(scenario: Scenario, targets: Target[]): Promise<Line[]> {
  const opened = await Promise.all(
    targets.map(async (target) => ({ target, channels: await target.open(scenario.channels) })),
  );
  const values = new Map(targets.map(({ name }) => [name, scenario.figures.map((): number[] => [])]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const { target, channels } of opened) {
      progress(`${scenario.title}: ${round < 0 ? 'warm-up' : `round ${round + 1} of ${ROUNDS}`}, ${target.name}…`);
      const result = await runScenario(target, channels, scenario);
      if (round < 0) continue;
      scenario.figures.forEach((figure, index) => {
        const value = figure.of(result);
        if (value !== null) values.get(target.name)?.[index]?.push(value);
      });
    }
  }
  return scenario.figures.map((figure, index) => lineOf(scenario, figure, (name) => values.get(name)?.[index] ?? []));
}

function lineOf({ title }: Scenario, { name, goal }: Figure, valuesOf: (target: string) => number[]): Line {
  const value = (target: string) => (valuesOf(target).length > 0 ? median(valuesOf(target)) : null);
  const names = ['direct', 'pipe', 'recipe', 'PostgreSQL', 'embedded'];
  const values = Object.fromEntries(names.map((each) => [each, value(each)]));
  const [ours, recipe, direct] = [value('PostgreSQL'), value('recipe') ?? Number.NaN, value('direct') ?? Number.NaN];
  const isMet =
    goal && ours !== null
      ? (goal.most ? ours <= goal.most(recipe, direct) : true) &&
        (goal.least ? ours >= goal.least(recipe, direct) : true)
      : null;
  return { scenario: title, figure: name, values, goal: goal ? `${goal.least ? '≥' : '≤'} ${goal.text}` : null, isMet };
}

function print(lines: Line[], targets: Target[]): string {
  const digits = new Map(
    SCENARIOS.flatMap(({ title, figures }) => figures.map((each) => [`${title} ${each.name}`, each.digits])),
  );
  const parts = SCENARIOS.map(({ title }) => {
    const rows = lines
      .filter(({ scenario }) => scenario === title)
      .map(({ figure, values, goal, isMet }) => [
        figure,
        ...targets.map(({ name }) => values[name]?.toFixed(digits.get(`${title} ${figure}`)) ?? ''),
        goal ?? '',
        isMet === null ? '' : isMet ? 'PASS' : 'over',
      ]);
    return `${title}\n${table(['', ...targets.map(({ name }) => name), 'goal of PostgreSQL', ''], rows)}`;
  });
  return `Medians of ${ROUNDS} interleaved rounds. CPU is that of the process between the model and the clients.\n\n${parts.join('\n')}`;
}
