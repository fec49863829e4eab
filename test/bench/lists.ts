import { listTimes } from './list-times.ts';
import { listPlans, printPlans } from './list-plans.ts';
import { openTarget } from './list-target.ts';
import { progress } from './progress.ts';
import { seedLists } from './seed-lists.ts';

/**
 * Pages of the conversations of one organization, in every order: at 1,000,000 conversations against the same page at
 * 1,000, and against the reference system's way (design goal P11). With `explain`, the plans alone, as text.
 */
export async function benchLists(server: string, { explain }: { explain: boolean }): Promise<void> {
  const urls = { small: await seedLists(server, 1000), big: await seedLists(server, 1_000_000) };
  progress('looking for the pages…');
  await using big = await openTarget(urls.big);
  if (explain) return void process.stdout.write(await printPlans(big));
  await using small = await openTarget(urls.small);
  const plans = await listPlans(big);
  process.stdout.write(`${await listTimes(small, big)}\n${plans}`);
}
