import { agentConditions } from '../../store/list-conditions.ts';
import { builder } from '../builder.ts';
import { defineList } from '../lists/define-list.ts';
import { StopReason } from '../runs/stop-reason.ts';
import { Agent } from './agent.ts';

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

export const { Connection: AgentConnection } = defineList({
  table: 'Agent',
  type: Agent,
  nouns: ['An agent', 'agents'],
  description: 'All agents; the hidden ones when the filter includes them.',
  filter: AgentFilter,
  noFilter: 'All that are not hidden, when left out.',
  conditions: agentConditions,
  orderFields: {
    CREATED_AT: { column: 'createdAt', type: 'timestamptz' },
    LAST_RUN_COMPLETION: { column: 'lastRunCompletion', type: 'timestamptz', nullUntil: 'a run has ended' },
    NAME: { column: 'name', type: 'text' },
  },
});
