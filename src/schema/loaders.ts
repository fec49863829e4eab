import { hash } from 'node:crypto';
import DataLoader from 'dataloader';
import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import { NotFoundError } from '../errors.ts';
import type { Sql } from '../store/database.ts';
import { readHeads, type Head } from '../store/read-heads.ts';

/** Reads that resolvers share. Each answer is kept for one operation, one mutation field or one delivered event. */
export interface Loaders {
  /** What is read of a conversation after its head is at least as new as its event cursor. */
  head: DataLoader<string, Head>;
  /** The loader of one field of a document: what the field needs is read for all of its parents together. */
  at<Value>(info: GraphQLResolveInfo, create: () => DataLoader<string, Value>): DataLoader<string, Value>;
}

export function createLoaders({ sql }: { sql: Sql }): Loaders {
  const places = new Map<string, DataLoader<string, unknown>>();
  let head: Loaders['head'] | undefined;
  return {
    // Made when it is asked for: most events are deltas, which read nothing.
    get head() {
      return (head ??= createHeadLoader(sql));
    },
    at<Value>(info: GraphQLResolveInfo, create: () => DataLoader<string, Value>) {
      const place = placeOf(info);
      const loader = (places.get(place) as DataLoader<string, Value> | undefined) ?? create();
      places.set(place, loader as DataLoader<string, unknown>);
      return loader;
    },
  };
}

function createHeadLoader(sql: Sql): Loaders['head'] {
  return new DataLoader<string, Head>(async (ids) => {
    const heads = await readHeads(sql, ids);
    const byId = new Map(heads.map((one) => [one.conversationId, one]));
    return ids.map((id) => byId.get(id) ?? new NotFoundError(id));
  });
}

const numbers = new WeakMap<FieldNode, number>();
const variableHashes = new WeakMap<object, string>();
let lastNumber = 0;

/** The same for all subscriptions with the same parsed document and variables: they may share what is read. */
function placeOf({ parentType, fieldNodes, variableValues, operation }: GraphQLResolveInfo): string {
  const nodes = fieldNodes.map((node) => {
    const number = numbers.get(node) ?? ++lastNumber;
    numbers.set(node, number);
    return number;
  });
  // Other operations share their loaders with none, and their variables may be large.
  if (operation.operation !== 'subscription') return `${parentType.name} ${nodes}`;
  const variables = variableHashes.get(variableValues) ?? hash('sha256', JSON.stringify(variableValues));
  variableHashes.set(variableValues, variables);
  return `${parentType.name} ${nodes} ${variables}`;
}
