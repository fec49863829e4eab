import type { ListTarget } from './list-target.ts';
import { measurePlan, printPlan, type PlanFigures } from './plans.ts';
import { progress } from './progress.ts';
import { table } from './table.ts';

const MODES = ['custom', 'generic'] as const;
const MOST_BUFFERS = 75;

/** What the plans of all pages read, made for the values and made for all values, and whether that is within the goals. */
export async function listPlans(target: ListTarget): Promise<string> {
  const rows: string[][] = [];
  for (const page of target.pages) {
    progress(`plans of ${page.name}…`);
    const plans: PlanFigures[] = [];
    for (const mode of MODES) plans.push(await measurePlan(target.client, target.statementOf(page), mode));
    const both = (figure: (plan: PlanFigures) => unknown) =>
      [...new Set(plans.map((plan) => String(figure(plan))))].join(' / ');
    rows.push([
      page.name,
      both(({ buffers }) => buffers),
      both(({ filtered }) => filtered),
      both(({ sorts }) => sorts),
      both(({ scanned }) => scanned.join('+')),
      plans.every(isWithin) ? 'PASS' : 'over',
    ]);
  }
  const over = rows.filter((row) => row.at(-1) !== 'PASS').length;
  return `The plans at 1,000,000. Goal: at most ${MOST_BUFFERS} buffers, no row filtered, no Sort node. Where the plan made for the
values and the one for all values differ, both are shown (custom / generic). --explain prints them.

${table(['page', 'buffers', 'filtered', 'sorts', 'rows read by each scan', 'goal'], rows)}
Over the goal: ${over} of ${rows.length} pages.
`;
}

/** The plans as PostgreSQL prints them. */
export async function printPlans(target: ListTarget): Promise<string> {
  const texts: string[] = [];
  for (const page of target.pages)
    for (const mode of MODES)
      texts.push(`${page.name}, ${mode} plan\n${await printPlan(target.client, target.statementOf(page), mode)}\n`);
  return texts.join('\n');
}

function isWithin({ buffers, filtered, sorts }: PlanFigures): boolean {
  return buffers <= MOST_BUFFERS && filtered === 0 && sorts === 0;
}
