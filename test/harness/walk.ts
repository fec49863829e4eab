import { expect } from 'vitest';
import type { TestClient } from './client.ts';

/** A list of the API, as a client names it. */
export interface ListQuery {
  /** `conversations`, or `agent(id: "…") { runs }` and the like: the fields down to the connection. */
  path: string[];
  /** Literals of GraphQL. */
  filter?: string | undefined;
  orderBy?: string | undefined;
}

interface Connection {
  totalCount: number;
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

export async function readPage(
  client: TestClient,
  { path, filter, orderBy }: ListQuery,
  page: string,
): Promise<Connection> {
  const args = [page, filter && `filter: ${filter}`, orderBy && `orderBy: ${orderBy}`].filter(Boolean).join(', ');
  const fields =
    'totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
  const opening = path.map((field, index) => (index === path.length - 1 ? `it: ${field}(${args})` : `it: ${field}`));
  const query = `{ ${opening.join(' { ')} { ${fields} }${' }'.repeat(path.length)}`;
  const answer = await client.request<Record<string, unknown>, object>(query, {});
  if (answer.errors) expect.fail(`${query}\n${JSON.stringify(answer.errors)}`);
  let found: unknown = answer.data;
  for (const _ of path) found = (found as { it: unknown }).it;
  return found as Connection;
}

/** All ids of a list, page by page, in its order; every page is checked to be consistent in itself and with its place. */
export async function walk(
  client: TestClient,
  list: ListQuery,
  size: number,
  way: 'forward' | 'backward',
  between: () => Promise<unknown> = async () => {},
): Promise<string[]> {
  const pages: string[][] = [];
  let cursor: string | null = null;
  for (let hasMore = true; hasMore;) {
    const place: string = cursor === null ? '' : `, ${way === 'forward' ? 'after' : 'before'}: "${cursor}"`;
    const { edges, nodes, pageInfo } = await readPage(
      client,
      list,
      `${way === 'forward' ? 'first' : 'last'}: ${size}${place}`,
    );
    const ids = edges.map(({ node }) => node.id);
    expect(nodes.map(({ id }) => id)).toEqual(ids);
    expect(pageInfo).toMatchObject({
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    });
    if (ids.length < size) expect(way === 'forward' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage).toBe(false);
    pages.push(ids);
    hasMore = way === 'forward' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
    cursor = way === 'forward' ? pageInfo.endCursor : pageInfo.startCursor;
    if (hasMore) await between();
  }
  return (way === 'forward' ? pages : pages.toReversed()).flat();
}
