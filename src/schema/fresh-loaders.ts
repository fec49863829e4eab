import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import type { Deps } from '../services/deps.ts';
import type { Context } from './context.ts';
import { createLoaders, type Loaders } from './loaders.ts';

declare global {
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      freshLoaders: FreshLoaders<Types>;
    }
  }
}

/**
 * Gives each mutation field and each delivered event its own loaders. The mutations of one document run one after the
 * other, and a subscription keeps its context for all of its events: what was read for one of them is stale for the next.
 */
class FreshLoaders<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolve: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { parentType }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (parentType !== 'Mutation' && parentType !== 'Subscription') return resolve;
    return (root, args, context, info) => {
      (context as Context).loaders = loadersFor(root, (context as Context).deps);
      return resolve(root, args, context, info);
    };
  }
}

const ofBatches = new WeakMap<object, Loaders>();

/** Subscribers that get the same batch of updates share its reads: their number does not multiply what a change costs. */
function loadersFor(root: unknown, deps: Deps): Loaders {
  const batch = (root as { batch?: object } | undefined)?.batch;
  const loaders = (batch && ofBatches.get(batch)) ?? createLoaders(deps);
  if (batch) ofBatches.set(batch, loaders);
  return loaders;
}

SchemaBuilder.registerPlugin('freshLoaders', FreshLoaders);
