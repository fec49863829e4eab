import {
  buildClientSchema,
  getIntrospectionQuery,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { expect } from 'vitest';
import type { TestClient } from './client.ts';

/** How many nodes a path leads through. */
const HOPS = 3;
/** So many items of each list are followed. */
const ITEMS = 20;

/** What the paths of a schema arrive at. */
export interface Walk {
  schema: GraphQLSchema;
  /** A path to each node that was arrived at, by its id. */
  paths: Map<string, string>;
  /** Each field that a node was arrived at by: `Type.field`, by the interface that has it, if one does. */
  fields: Set<string>;
  /** Every text that was read on the way. */
  texts: Set<string>;
}

/** Follows every path of object fields that the schema has, from the lists of Query and from each node with one of these ids. */
export async function walkSchema(client: TestClient, ids: readonly string[]): Promise<Walk> {
  const schema = await introspect(client);
  const walk: Walk = { schema, paths: new Map(), fields: new Set(), texts: new Set() };
  const lists = Object.values(schema.getQueryType()!.getFields()).filter(
    (field) => isFollowed(field) && isCompositeType(getNamedType(field.type)),
  );
  for (const list of lists) {
    gather(
      walk,
      'Query',
      '',
      await read(client, `{ ${select(schema, schema.getQueryType()!, HOPS, new Set(), [list])} }`),
    );
  }
  for (const [name, starts] of Map.groupBy(await nodesOf(client, ids), ({ __typename }) => __typename)) {
    const type = schema.getType(name) as GraphQLObjectType;
    const document = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on ${name} ${selection(schema, type, HOPS, new Set())} } }`;
    gather(walk, name, '', await read(client, document, { ids: starts.map(({ id }) => id) }));
  }
  return walk;
}

/** Those that are there. */
export async function nodesOf(
  client: TestClient,
  ids: readonly string[],
): Promise<{ __typename: string; id: string }[]> {
  const document = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';
  const { nodes } = await read(client, document, { ids });
  return (nodes as ({ __typename: string; id: string } | null)[]).filter((node) => node !== null);
}

/** Each field by which one node leads to another, on a type that a path leads to: `Type.field`. */
export async function edgesOf(client: TestClient): Promise<string[]> {
  const schema = await introspect(client);
  const types = new Set<GraphQLCompositeType>();
  const edges = new Set<string>();
  const visit = (type: GraphQLCompositeType) => {
    if (types.has(type)) return;
    types.add(type);
    if (isAbstractType(type)) schema.getPossibleTypes(type).forEach(visit);
    if (!isObjectType(type)) return;
    for (const field of Object.values(type.getFields()).filter(isFollowed)) {
      const target = getNamedType(field.type);
      if (isCompositeType(target)) visit(target);
      if (isCompositeType(target) && isNode(target)) edges.add(placeOf(schema, type.name, field.name));
    }
  };
  visit(schema.getQueryType()!);
  return [...edges];
}

async function introspect(client: TestClient): Promise<GraphQLSchema> {
  return buildClientSchema((await read(client, getIntrospectionQuery())) as unknown as IntrospectionQuery);
}

async function read(client: TestClient, document: string, variables: object = {}): Promise<Record<string, unknown>> {
  const { data, errors } = await client.request<Record<string, unknown>, object>(document, variables);
  if (errors || !data) expect.fail(`${JSON.stringify(errors)}\n${document.slice(0, 1000)}`);
  return data;
}

function selection(schema: GraphQLSchema, type: GraphQLCompositeType, hops: number, behind: Set<string>): string {
  const left = isNode(type) ? hops - 1 : hops;
  const fields = isAbstractType(type)
    ? schema.getPossibleTypes(type).map((one) => {
        const own = Object.values(one.getFields()).filter(
          ({ name }) => !isInterfaceType(type) || !type.getFields()[name],
        );
        return `... on ${one.name} { __typename ${select(schema, one, left, behind, own)} }`;
      })
    : [];
  const common = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
  return `{ __typename ${select(schema, type, left, behind, common)} ${fields.join(' ')} }`;
}

/** No path goes through the same field twice. */
function select(
  schema: GraphQLSchema,
  { name: parent }: GraphQLCompositeType,
  hops: number,
  behind: Set<string>,
  fields: GraphQLField<unknown, unknown>[],
): string {
  return fields
    .filter(isFollowed)
    .map((field) => {
      const type = getNamedType(field.type);
      if (!isCompositeType(type)) return field.name;
      const place = `${parent}.${field.name}`;
      if (behind.has(place) || (isNode(type) && hops === 0)) return '';
      const page = field.args.some(({ name }) => name === 'first') ? `(first: ${ITEMS})` : '';
      return `${field.name}${page} ${selection(schema, type, hops, new Set([...behind, place]))}`;
    })
    .join(' ');
}

/** The edges of a connection lead to the same nodes as its `nodes`. */
function isFollowed(field: GraphQLField<unknown, unknown>): boolean {
  return field.name !== 'edges' && !field.args.some(isRequiredArgument);
}

function isNode(type: GraphQLCompositeType): boolean {
  return (
    type.name === 'Node' ||
    ((isObjectType(type) || isInterfaceType(type)) && type.getInterfaces().some(({ name }) => name === 'Node'))
  );
}

/** What an interface has is the same for all its types. */
function placeOf(schema: GraphQLSchema, typeName: string, field: string): string {
  const type = schema.getType(typeName);
  const declaring = isObjectType(type) ? type.getInterfaces().find((one) => one.getFields()[field]) : undefined;
  return `${declaring?.name ?? typeName}.${field}`;
}

function gather(walk: Walk, path: string, place: string, value: unknown): void {
  if (typeof value === 'string') walk.texts.add(value);
  if (Array.isArray(value)) for (const one of value) gather(walk, path, place, one);
  else if (value !== null && typeof value === 'object') {
    const { __typename: type = '', id, ...fields } = value as Record<string, unknown> & { __typename?: string };
    if (typeof id === 'string' && type !== 'Viewer') {
      walk.fields.add(place);
      if (!walk.paths.has(id)) walk.paths.set(id, path);
    }
    for (const [name, inside] of Object.entries(fields)) {
      gather(walk, `${path}.${name}`, placeOf(walk.schema, type, name), inside);
    }
  }
}
