import { builder } from '../builder.ts';
import { CompactionStats, CompactionTrigger, usageOfCompaction } from '../conversations/compaction-stats.ts';
import type { Delivery } from './delivery.ts';
import { SummaryMessage } from '../messages/message-types.ts';
import { RunError } from '../runs/run-error.ts';
import { Usage } from '../usage.ts';

export const CompactionStarted = builder.objectRef<Delivery<'CompactionStarted'>>('CompactionStarted').implement({
  description: 'The context is being made shorter, which takes a model call. Nothing has changed yet.',
  fields: (t) => ({
    runId: t.id({ description: 'The run that does it.', resolve: ({ runId }) => runId ?? '' }),
    trigger: t.field({ type: CompactionTrigger, description: 'Why.', resolve: ({ data }) => data.trigger }),
  }),
});

export const CompactionFinished = builder.objectRef<Delivery<'CompactionFinished'>>('CompactionFinished').implement({
  description: 'The context is shorter. The summary has come as MessageAdded too.',
  fields: (t) => ({
    runId: t.id({ description: 'The run that did it.', resolve: ({ runId }) => runId ?? '' }),
    message: t.field({
      type: SummaryMessage,
      description: 'What stands for the messages that left.',
      resolve: ({ message }) => message,
    }),
    stats: t.field({ type: CompactionStats, description: 'What it came to.', resolve: ({ data }) => data.stats }),
    keptFromPosition: t.int({
      description:
        'The lowest position that stayed, the system message aside; that of the summary when none stayed. Messages below it left the context. Of those above it some may have left too, when an older one had to stay (the input that is being answered): `SummaryMessage.covers` has exactly those that left.',
      resolve: ({ data }) => data.keptFromPosition,
    }),
  }),
});

export const CompactionFailed = builder.objectRef<Delivery<'CompactionFailed'>>('CompactionFailed').implement({
  description: 'The context is as it was.',
  fields: (t) => ({
    runId: t.id({ description: 'The run that tried.', resolve: ({ runId }) => runId ?? '' }),
    error: t.field({ type: RunError, description: 'Why.', resolve: ({ data }) => data }),
    usage: t.field({
      type: Usage,
      nullable: true,
      description:
        'Of the model calls that were made all the same. It is part of `Run.usage`, and of no step. Null when none was made, and in events that are older than this field.',
      resolve: ({ data }) => usageOfCompaction(data.usage),
    }),
  }),
});
