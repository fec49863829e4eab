import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import WithInputPlugin from '@pothos/plugin-with-input';
import { typeOfId } from '../ids.ts';
import type PrismaTypes from '../store/generated/pothos.ts';
import { getDatamodel } from '../store/generated/pothos.ts';
import type { Context } from './context.ts';
import './fresh-loaders.ts';
import { loadNodes } from './node.ts';
import { relayDescriptions } from './lists/relay-descriptions.ts';

const capitalize = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** Every decision that holds for the whole schema. */
export const builder = new SchemaBuilder<{
  Context: Context;
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Connection: { totalCount: () => Promise<number> };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
  };
}>({
  // Errors comes before Prisma so that it wraps what Prisma resolves.
  plugins: ['freshLoaders', ErrorsPlugin, WithInputPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  errors: {
    directResult: true,
    defaultUnionOptions: {
      name: ({ fieldName }) => `${capitalize(fieldName)}Result`,
      description:
        'The payload when it was done, else what kept it from being done. More members may come: treat one you do not know as an error.',
    },
  },
  prisma: { client: ({ deps }) => deps.db, dmmf: getDatamodel(), onUnusedQuery: 'error' },
  relay: {
    ...relayDescriptions,
    encodeGlobalID: (_type, id) => String(id),
    decodeGlobalID: (id) => ({ typename: typeOfId(id) ?? 'Unknown', id }),
    nodesOnConnection: { description: 'The items of this page, without their cursors.' },
    edgesFieldOptions: { ...relayDescriptions.edgesFieldOptions, nullable: { list: false, items: false } },
    nodeFieldOptions: { ...relayDescriptions.nodeFieldOptions, nullable: false },
    nodeQueryOptions: {
      ...relayDescriptions.nodeQueryOptions,
      resolve: async (_root, { id }, context, info) => (await loadNodes(context, info, [id.id]))[0],
    },
    nodesQueryOptions: {
      ...relayDescriptions.nodesQueryOptions,
      resolve: (_root, { ids }, context, info) =>
        loadNodes(
          context,
          info,
          ids.map(({ id }) => id),
        ),
    },
  },
  withInput: {
    argOptions: { required: true, description: 'Input of the mutation.' },
    typeOptions: { name: ({ fieldName }) => `${capitalize(fieldName)}Input` },
  },
});

builder.queryType({ description: 'Reads. What belongs to another organization, or was deleted, is not there.' });
builder.mutationType({
  description: 'Writes. Expected failures are members of the result union; then it was not done.',
});
builder.subscriptionType({
  description:
    'Follows what happens, from any place in the past on. Over WebSocket (graphql-transport-ws) or server-sent events.',
});
