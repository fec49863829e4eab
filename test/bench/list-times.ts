import { deepStrictEqual } from 'node:assert';
import type { ListPage } from './list-pages.ts';
import type { ListTarget } from './list-target.ts';
import { isInReference, readReference } from './reference-page.ts';
import { runRounds, type Case, type Timing } from './rounds.ts';
import { table } from './table.ts';

const ROUNDS = 40;
/** It takes seconds. */
const REFERENCE_EVERY = 15;
const MOST = 2;

type Timings = Map<string, Timing>;
type Way = 'SQL' | 'HTTP';

/** Every page in every way, all in the same rounds. */
export async function listTimes(small: ListTarget, big: ListTarget): Promise<string> {
  const cases = [...casesOf(small, 'small'), ...casesOf(big, 'big'), ...referenceCasesOf(big)];
  const timings = new Map([...(await runRounds(cases, ROUNDS))].map(([{ name }, timing]) => [name, timing]));
  const rows = big.pages.map((page) => {
    const ways = { SQL: compare(timings, page, 'SQL'), HTTP: compare(timings, page, 'HTTP') };
    return { page, ways, isWithin: ways.SQL.ratio <= MOST && ways.HTTP.ratio <= MOST };
  });
  const cells = rows.map(({ page, ways, isWithin }) => [
    page.name,
    ...ways.SQL.cells,
    ...ways.HTTP.cells,
    isWithin ? 'PASS' : 'over',
  ]);
  const worst = (way: Way, figure: 'ratio' | 'toFirst') => {
    const found = rows.reduce((most, row) => (row.ways[way][figure] > most.ways[way][figure] ? row : most));
    return `${found.ways[way][figure].toFixed(2)} (${found.page.name})`;
  };
  const plans = await big.countPlans();
  return `A page of 50 among 1,000,000 conversations against the same page among 1,000, p50 and p95 in ms of ${ROUNDS} interleaved
rounds: the SQL statement, and the whole request over HTTP. Goal: at most ${MOST} times as long.
"far" is page 100, and page 5 of the small list; "seam" is half with a value and half without. 90 % are in the list.

${table(['page', ...headerOf('SQL'), ...headerOf('HTTP'), 'goal'], cells)}
Over the goal: ${rows.filter(({ isWithin }) => !isWithin).length} of ${rows.length} pages.
Worst ratio: SQL ${worst('SQL', 'ratio')}, HTTP ${worst('HTTP', 'ratio')}.
Worst against page 1 of the small list: SQL ${worst('SQL', 'toFirst')}, HTTP ${worst('HTTP', 'toFirst')}.
The server's connection planned ${plans.custom} executions for their values, and ran ${plans.generic} with a plan for all values.

The reference system's way: an outer join on the completions of all runs, grouped, with memory enough not to spill.
In every ${REFERENCE_EVERY}th of the same rounds.

${referenceTable(big, timings)}`;
}

interface PageCase extends Case {
  name: string;
}

function casesOf(target: ListTarget, size: string): PageCase[] {
  return target.pages.flatMap((page) => [
    caseOf(page, `SQL ${size}`, () => target.readStatement(page)),
    caseOf(page, `HTTP ${size}`, () => target.readRequest(page)),
  ]);
}

function referenceCasesOf(target: ListTarget): PageCase[] {
  const pages = target.pages.filter(isInReference);
  return pages.map((page) => ({
    ...caseOf(page, 'reference', () => readReference(target, page)),
    every: REFERENCE_EVERY,
  }));
}

/** A fast answer counts only when it is the right page. */
function caseOf(page: ListPage, way: string, read: () => Promise<string[]>): PageCase {
  return { name: `${page.name} ${way}`, run: async () => deepStrictEqual(await read(), page.ids) };
}

const headerOf = (way: Way) => [`${way} 1,000`, 'p95', `${way} 1,000,000`, 'p95', 'ratio'];

function compare(timings: Timings, { name, firstPage }: ListPage, way: Way) {
  const small = timingOf(timings, `${name} ${way} small`);
  const big = timingOf(timings, `${name} ${way} big`);
  const first = timingOf(timings, `${firstPage} ${way} small`);
  const times = [small.p50, small.p95, big.p50, big.p95].map((time) => time.toFixed(2));
  const ratio = big.p50 / small.p50;
  return { ratio, toFirst: big.p50 / first.p50, cells: [...times, ratio.toFixed(2)] };
}

function referenceTable(target: ListTarget, timings: Timings): string {
  const rows = target.pages.filter(isInReference).map(({ name }) => {
    const reference = timingOf(timings, `${name} reference`).p50;
    const ours = timingOf(timings, `${name} SQL big`).p50;
    return [name, reference.toFixed(0), ours.toFixed(2), (reference / ours).toFixed(0)];
  });
  return table(['page at 1,000,000', 'reference, ms', 'SQL, ms', 'times as long'], rows);
}

function timingOf(timings: Timings, name: string): Timing {
  const timing = timings.get(name);
  if (!timing) throw new Error(`${name} was not measured`);
  return timing;
}
