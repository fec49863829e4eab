import { agentConditions } from '../../store/list-conditions.ts';
import { Agent } from './agent.ts';
import { builder } from '../builder.ts';
import { keysetConnection } from '../lists/keyset.ts';
import { NEWEST_FIRST, orderInput, toOrder, type OrderColumns } from '../lists/order.ts';
import { StopReason } from '../runs/stop-reason.ts';

const AgentOrderField = builder.enumType('AgentOrderField', {
  description: 'What agents can be ordered by. Those with the same value are ordered by id, in the same direction.',
  values: {
    CREATED_AT: { description: 'createdAt: never null.' },
    LAST_RUN_COMPLETION: { description: 'lastRunCompletion: null until a run has ended.' },
    NAME: { description: 'name: never null. As the database sorts text.' },
  } as const,
});

const columns = {
  CREATED_AT: { column: 'createdAt', type: 'timestamptz', isNullable: false },
  LAST_RUN_COMPLETION: { column: 'lastRunCompletion', type: 'timestamptz', isNullable: true },
  NAME: { column: 'name', type: 'text', isNullable: false },
} satisfies OrderColumns<(typeof AgentOrderField)['$inferType']>;

const AgentFilter = builder.inputType('AgentFilter', {
  description:
    'Which agents are wanted: those that fulfil everything given. Null, an empty `query` and an empty list count as left out.',
  fields: (t) => ({
    name: t.string({ description: 'Those with exactly this name.' }),
    query: t.string({
      description: 'Those whose name has this text in it, in capital or small letters. No character is a wildcard.',
    }),
    tags: t.stringList({ description: 'Those with one of these tags, or with all of them: see matchAllTags.' }),
    matchAllTags: t.boolean({ defaultValue: false, description: 'Whether all of `tags` have to be there.' }),
    lastStopReason: t.field({ type: StopReason, description: 'Those whose last run ended for this reason.' }),
    includeHidden: t.boolean({ defaultValue: false, description: 'Whether hidden agents are wanted too.' }),
  }),
});

export const AgentConnection = builder.connectionObject(
  { type: Agent, name: 'AgentConnection', description: 'A page of agents.' },
  { name: 'AgentEdge', description: 'An agent and its place in the list.' },
);

builder.queryField('agents', (t) =>
  t.connection(
    {
      description: 'All agents; the hidden ones when the filter includes them.',
      type: Agent,
      args: {
        filter: t.arg({ type: AgentFilter, description: 'Which. All that are not hidden, when left out.' }),
        orderBy: t.arg({
          type: orderInput('Agent', AgentOrderField),
          defaultValue: NEWEST_FIRST,
          description: 'In which order. Null counts as left out.',
        }),
      },
      resolve: (_root, { filter, orderBy, ...args }, context, info) => {
        const { deps, viewer } = context;
        return keysetConnection(viewer.organizationId, args, context, info, {
          table: 'Agent',
          owner: 'organizationId',
          where: agentConditions(viewer.organizationId, filter ?? {}),
          order: toOrder('agents', columns, orderBy ?? NEWEST_FIRST),
          withRelations: (ids, selection) => deps.db.agent.findMany({ ...selection, where: { id: { in: ids } } }),
        });
      },
    },
    AgentConnection,
  ),
);
