import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { choices, chosen, lists, type ListName } from '../../harness/random-lists.ts';
import { instants, organizationRows, storeRows } from '../../harness/random-rows.ts';
import { startOwnServer, type TestServer } from '../../harness/server.ts';
import { readPage, walk } from '../../harness/walk.ts';

async function selectIds({ deps }: TestServer, query: string): Promise<string[]> {
  return (await deps.db.$queryRawUnsafe<{ id: string }[]>(query)).map(({ id }) => id);
}

const organizationOf = async ({ deps }: TestServer) => (await deps.db.organization.findFirstOrThrow()).id;

const everyOrder = Object.entries(lists).flatMap(([name, { columns }]) =>
  Object.keys(columns).map((field) => ({ name: name as ListName, field })),
);

test.each(everyOrder)(
  '$name by $field: pages forward are reversed pages backward are the whole list, counted right',
  { timeout: 120_000 },
  async ({ name, field }) => {
    await using server = await startOwnServer();
    const organizationId = await organizationOf(server);
    await fc.assert(
      fc.asyncProperty(organizationRows, fc.array(choices, { minLength: 4, maxLength: 4 }), async (rows, some) => {
        await storeRows(server.deps.db, organizationId, rows);
        for (const choice of some) {
          const { list, select, order } = chosen(name, field, choice);
          const expected = await selectIds(server, `${select} ${order}`);
          expect(await walk(server, list, choice.size, 'forward')).toEqual(expected);
          expect(await walk(server, list, choice.size, 'backward')).toEqual(expected);
          expect((await readPage(server, list, 'first: 1')).totalCount).toBe(expected.length);
        }
      }),
      { numRuns: 8 },
    );
  },
);

test.each(everyOrder)(
  '$name by $field: what lies between two cursors is exact, and so is what lies before and after it',
  { timeout: 120_000 },
  async ({ name, field }) => {
    await using server = await startOwnServer();
    const organizationId = await organizationOf(server);
    await fc.assert(
      fc.asyncProperty(organizationRows, choices, fc.nat(), fc.nat(), async (rows, choice, one, other) => {
        await storeRows(server.deps.db, organizationId, rows);
        const { list, select, order } = chosen(name, field, choice);
        const ids = await selectIds(server, `${select} ${order}`);
        const { edges } = await readPage(server, list, 'first: 200');
        if (ids.length === 0) return;
        const [from, to] = [one % ids.length, other % ids.length];
        const between = ids.slice(from + 1, to);
        const range = `after: "${edges[from]!.cursor}", before: "${edges[to]!.cursor}"`;
        const forward = await readPage(server, list, `first: ${choice.size}, ${range}`);
        expect(forward.nodes.map(({ id }) => id)).toEqual(between.slice(0, choice.size));
        expect(forward.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
        const backward = await readPage(server, list, `last: ${choice.size}, ${range}`);
        expect(backward.nodes.map(({ id }) => id)).toEqual(between.slice(-choice.size));
        expect(backward.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
      }),
      { numRuns: 15 },
    );
  },
);

test.each(['forward', 'backward'] as const)(
  'no conversation that stayed where it was is lost or doubled when others come and move between pages, %s',
  { timeout: 120_000 },
  async (way) => {
    await using server = await startOwnServer();
    const { db } = server.deps;
    const organizationId = await organizationOf(server);
    await fc.assert(
      fc.asyncProperty(organizationRows, choices, fc.infiniteStream(fc.nat()), async (rows, choice, numbers) => {
        await storeRows(db, organizationId, rows);
        const next = () => numbers.next().value;
        const { list, select, order } = chosen('conversations', 'LAST_RUN_COMPLETION', { ...choice, filter: 0 });
        const all = await db.conversation.findMany();
        const restless = new Set(all.slice(0, Math.ceil(all.length / 3)).map(({ id }) => id));
        const seen = await walk(server, list, choice.size, way, async () => {
          const moving = [...restless][next() % restless.size]!;
          const { id: _id, modelSettings: _settings, modelSettingsAsGiven: _copy, ...like } = all[next() % all.length]!;
          const lastRunCompletion = [null, ...instants][next() % 6] ?? null;
          const id = newId('Conversation');
          if (restless.size < 2 * all.length) {
            await db.conversation.create({ data: { ...like, id, isDefault: false, lastRunCompletion } });
            restless.add(id);
          }
          await db.conversation.update({
            where: { id: moving },
            data: {
              lastRunCompletion: [null, ...instants][next() % 6] ?? null,
              deletedAt: next() % 4 ? null : new Date(),
            },
          });
        });
        const calm = (await selectIds(server, `${select} ${order}`)).filter((id) => !restless.has(id));
        expect(seen.filter((id) => !restless.has(id))).toEqual(calm);
      }),
      { numRuns: 15 },
    );
  },
);
