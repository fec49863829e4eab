import type { CompactionStats as Stats } from '../../compaction-stats.ts';
import type { ModelUsage, Usage as UsageShape } from '../../usage.ts';
import { builder } from '../builder.ts';
import { Usage } from '../usage.ts';

export const CompactionMode = builder.enumType('CompactionMode', {
  description: 'How a context is made shorter.',
  values: {
    ALL: {
      description:
        'All of it becomes a summary, but for the input that is being answered, and a step whose calls wait for decisions.',
    },
    SLIDING_WINDOW: { description: 'The older part becomes a summary; the newest messages stay.' },
    SELF_COMPACT_ALL: {
      description:
        "As ALL, but the agent's own model is asked, in the conversation itself: that hits its prompt cache.",
    },
    SELF_COMPACT_SLIDING_WINDOW: { description: 'As SLIDING_WINDOW, asked in the same way.' },
  } as const,
});

export const CompactionTrigger = builder.enumType('CompactionTrigger', {
  description: 'Why a context was made shorter.',
  values: {
    REQUESTED: { description: 'Somebody asked for it: compactConversation.' },
    POST_STEP: { description: 'It took over 90 % of the window after a step, or with what was sent since.' },
    CONTEXT_WINDOW_EXCEEDED: { description: 'The provider refused it as too long.' },
  } as const,
});

export const CompactionStats = builder.objectRef<Stats>('CompactionStats').implement({
  description:
    "What a compaction came to. Tokens are counted where the model's tokenizer is known, else estimated; null when they are not known.",
  fields: (t) => ({
    trigger: t.expose('trigger', { type: CompactionTrigger, description: 'Why it was made.' }),
    modeUsed: t.expose('modeUsed', {
      type: CompactionMode,
      description: 'The mode that gave the summary: another than was set, when that one failed.',
    }),
    model: t.string({
      nullable: true,
      description: 'Handle of the model that wrote the summary. Null for summaries that are older than this field.',
      resolve: ({ model }) => model ?? null,
    }),
    usage: t.field({
      type: Usage,
      nullable: true,
      description:
        'Of all model calls of the compaction, those of modes that failed included. It is part of `Run.usage`, and of no step. `contextTokens` is null. Null for summaries that are older than this field.',
      resolve: ({ usage }) => usageOfCompaction(usage),
    }),
    contextTokensBefore: t.exposeInt('contextTokensBefore', { nullable: true, description: 'What the context took.' }),
    contextTokensAfter: t.exposeInt('contextTokensAfter', { nullable: true, description: 'What it takes since.' }),
    contextWindow: t.exposeInt('contextWindow', { description: 'The window that it has to fit, in tokens.' }),
    messagesBefore: t.exposeInt('messagesBefore', { description: 'How many messages were in the context.' }),
    messagesAfter: t.exposeInt('messagesAfter', { description: 'How many are since, the summary among them.' }),
  }),
});

/** What it used says nothing of the size of the context. */
export function usageOfCompaction(usage: ModelUsage | null | undefined): UsageShape | null {
  return usage ? { ...usage, contextTokens: null } : null;
}
