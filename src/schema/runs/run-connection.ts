import type { GraphQLResolveInfo } from 'graphql';
import type { RunFilter as Filter } from '../../store/filters.ts';
import { runConditions } from '../../store/list-conditions.ts';
import type { List } from '../../store/page-statement.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { keysetConnection, type PageArgs } from '../lists/keyset.ts';
import { NEWEST_FIRST, orderInput, toOrder, type OrderColumns, type OrderInput } from '../lists/order.ts';
import { Run } from './run.ts';
import { RunStatus } from './run-status.ts';
import { StopReason } from './stop-reason.ts';

const RunOrderField = builder.enumType('RunOrderField', {
  description: 'What runs can be ordered by. Those with the same value are ordered by id, in the same direction.',
  values: {
    CREATED_AT: { description: 'createdAt: never null.' },
    COMPLETED_AT: { description: 'completedAt: null until it has ended.' },
    DURATION: { description: 'durationMs: null until it has ended, and when it never started.' },
  } as const,
});

const columns = {
  CREATED_AT: { column: 'createdAt', type: 'timestamptz', isNullable: false },
  COMPLETED_AT: { column: 'completedAt', type: 'timestamptz', isNullable: true },
  DURATION: { column: 'durationMs', type: 'int', isNullable: true },
} satisfies OrderColumns<(typeof RunOrderField)['$inferType']>;

const RunFilter = builder.inputType('RunFilter', {
  description: 'Which runs are wanted: those that fulfil everything given. Null and an empty list count as left out.',
  fields: (t) => ({
    agentId: t.id({ description: 'Those of this agent, in all its conversations.' }),
    conversationId: t.id({ description: 'Those of conv-…, or of the default conversation of agent-….' }),
    statuses: t.field({ type: [RunStatus], description: 'Those with one of these statuses now.' }),
    stopReasons: t.field({ type: [StopReason], description: 'Those that ended for one of these reasons.' }),
  }),
});

const listArgs = builder.args((t) => ({
  filter: t.field({ type: RunFilter, description: 'Which. All, when left out.' }),
  orderBy: t.field({
    type: orderInput('Run', RunOrderField),
    defaultValue: NEWEST_FIRST,
    description: 'In which order. Null counts as left out.',
  }),
}));

const RunConnection = builder.connectionObject(
  { type: Run, name: 'RunConnection', description: 'A page of runs.' },
  { name: 'RunEdge', description: 'A run and its place in the list.' },
);

builder.queryField('runs', (t) =>
  t.connection(
    {
      description: 'All runs of all conversations.',
      type: Run,
      args: listArgs,
      resolve: (_root, args, context, info) =>
        runPage('organizationId', context.viewer.organizationId, args, context, info),
    },
    RunConnection,
  ),
);

builder.prismaObjectFields('Agent', (t) => ({
  runs: t.connection(
    {
      description: 'The runs of all its conversations.',
      type: Run,
      args: listArgs,
      resolve: ({ id }, args, context, info) => runPage('agentId', id, args, context, info),
    },
    RunConnection,
  ),
}));

builder.prismaObjectFields('Conversation', (t) => ({
  runs: t.connection(
    {
      description: 'Its runs.',
      type: Run,
      args: listArgs,
      resolve: async ({ id }, args, context, info) => {
        await context.loaders.head.load(id);
        return runPage('conversationId', id, args, context, info);
      },
    },
    RunConnection,
  ),
}));

interface RunPageArgs extends PageArgs {
  filter?: Filter | null | undefined;
  orderBy?: OrderInput<keyof typeof columns> | null | undefined;
}

function runPage(
  owner: List['owner'],
  id: string,
  { filter, orderBy, ...args }: RunPageArgs,
  context: Context,
  info: GraphQLResolveInfo,
) {
  const { deps, viewer } = context;
  return keysetConnection(id, args, context, info, {
    table: 'Run',
    owner,
    where: runConditions(viewer.organizationId, filter ?? {}),
    order: toOrder('runs', columns, orderBy ?? NEWEST_FIRST),
    withRelations: (ids, selection) => deps.db.run.findMany({ ...selection, where: { id: { in: ids } } }),
  });
}
