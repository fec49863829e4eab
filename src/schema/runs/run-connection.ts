import { runConditions } from '../../store/list-conditions.ts';
import { builder } from '../builder.ts';
import { defineList } from '../lists/define-list.ts';
import { Run } from './run.ts';
import { RunStatus } from './run-status.ts';
import { StopReason } from './stop-reason.ts';

const RunFilter = builder.inputType('RunFilter', {
  description: 'Which runs are wanted: those that fulfil everything given. Null and an empty list count as left out.',
  fields: (t) => ({
    agentId: t.id({ description: 'Those of this agent, in all its conversations.' }),
    conversationId: t.id({ description: 'Those of conv-…, or of the default conversation of agent-….' }),
    statuses: t.field({ type: [RunStatus], description: 'Those with one of these statuses now.' }),
    stopReasons: t.field({ type: [StopReason], description: 'Those that ended for one of these reasons.' }),
  }),
});

const { args, Connection, page } = defineList({
  table: 'Run',
  type: Run,
  nouns: ['A run', 'runs'],
  description: 'All runs of all conversations.',
  filter: RunFilter,
  conditions: runConditions,
  orderFields: {
    CREATED_AT: { column: 'createdAt', type: 'timestamptz' },
    COMPLETED_AT: { column: 'completedAt', type: 'timestamptz', nullUntil: 'it has ended' },
    DURATION: { column: 'durationMs', type: 'int', nullUntil: 'it has ended, and when it never started' },
  },
});

builder.prismaObjectFields('Agent', (t) => ({
  runs: t.connection(
    {
      description: 'The runs of all its conversations.',
      type: Run,
      args,
      resolve: ({ id }, pageArgs, context, info) => page('agentId', id, pageArgs, context, info),
    },
    Connection,
  ),
}));

builder.prismaObjectFields('Conversation', (t) => ({
  runs: t.connection(
    {
      description: 'Its runs.',
      type: Run,
      args,
      resolve: async ({ id }, pageArgs, context, info) => {
        await context.loaders.head.load(id);
        return page('conversationId', id, pageArgs, context, info);
      },
    },
    Connection,
  ),
}));
