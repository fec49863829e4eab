import fc from 'fast-check';
import { expect, test } from 'vitest';
import { choices, chosen, lists, type ListName } from '../../harness/random-lists.ts';
import { organizationRows, storeRows } from '../../harness/random-rows.ts';
import { startOwnServer, type TestServer } from '../../harness/server.ts';
import { readPage } from '../../harness/walk.ts';

interface Page {
  totalCount: number;
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean };
}

type Owners = 'agents' | 'conversations';

const ALL: Record<Owners, string> = {
  agents: 'agents(first: 200, filter: { includeHidden: true })',
  conversations: 'conversations(first: 200)',
};

/** The same page of the list of each owner, in one query. */
async function readPages(server: TestServer, owners: Owners, list: string, args: string): Promise<Map<string, Page>> {
  const page = 'totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage }';
  const query = `{ owners: ${ALL[owners]} { nodes { id list: ${list}(${args}) { ${page} } } } }`;
  const { data, errors } = await server.request<{ owners: { nodes: { id: string; list: Page }[] } }, object>(query, {});
  if (errors) expect.fail(`${query}\n${JSON.stringify(errors)}`);
  return new Map(data?.owners.nodes.map(({ id, list: found }) => [id, found]));
}

const nested = [
  { owners: 'agents', column: 'agentId', name: 'conversations' },
  { owners: 'agents', column: 'agentId', name: 'runs' },
  { owners: 'conversations', column: 'conversationId', name: 'runs' },
] satisfies { owners: Owners; column: string; name: ListName }[];

const everyOrder = nested.flatMap((one) => Object.keys(lists[one.name].columns).map((field) => ({ ...one, field })));

test.each(everyOrder)(
  '$name of all $owners by $field: each has its own part of the whole list, behind a cursor and before it too',
  { timeout: 120_000 },
  async ({ owners, column, name, field }) => {
    await using server = await startOwnServer();
    const { db } = server.deps;
    const { id: organizationId } = await db.organization.findFirstOrThrow();
    await fc.assert(
      fc.asyncProperty(organizationRows, choices, fc.nat(), async (rows, choice, number) => {
        await storeRows(db, organizationId, rows);
        const { list, select, order } = chosen(name, field, choice);
        const all = await db.$queryRawUnsafe<{ id: string; owner: string }[]>(
          `${select.replace('t.id', `t.id, t."${column}" AS owner`)} ${order}`,
        );
        const { edges } = await readPage(server, list, 'first: 200');
        const place = all.length > 0 ? number % all.length : undefined;
        const args = `filter: ${list.filter}, orderBy: ${list.orderBy}`;
        const cursor = place === undefined ? '' : `"${edges[place]!.cursor}"`;
        const asked = [
          { page: `first: ${choice.size}`, rest: all, isForward: true },
          { page: `last: ${choice.size}`, rest: all, isForward: false },
          ...(place === undefined
            ? []
            : [
                { page: `first: ${choice.size}, after: ${cursor}`, rest: all.slice(place + 1), isForward: true },
                { page: `last: ${choice.size}, before: ${cursor}`, rest: all.slice(0, place), isForward: false },
              ]),
        ];
        for (const { page, rest, isForward } of asked)
          for (const [id, found] of await readPages(server, owners, name, `${page}, ${args}`)) {
            const own = all.filter(({ owner }) => owner === id).map((one) => one.id);
            const left = rest.filter(({ owner }) => owner === id).map((one) => one.id);
            const shown = isForward ? left.slice(0, choice.size) : left.slice(-choice.size);
            expect({ ...found, nodes: found.nodes.map((node) => node.id) }).toEqual({
              totalCount: own.length,
              nodes: shown,
              pageInfo: isForward
                ? { hasNextPage: left.length > shown.length, hasPreviousPage: own.length > left.length }
                : { hasNextPage: own.length > left.length, hasPreviousPage: left.length > shown.length },
            });
          }
      }),
      { numRuns: 8 },
    );
  },
);
