import type { Usage as UsageShape } from '../usage.ts';
import { builder } from './builder.ts';

export const Usage = builder.objectRef<UsageShape>('Usage').implement({
  description: 'Tokens, as the provider counted them. Null means that it did not say; it never means zero.',
  fields: (t) => ({
    promptTokens: t.exposeInt('promptTokens', {
      nullable: true,
      description: 'All that was sent, over all model calls.',
    }),
    completionTokens: t.exposeInt('completionTokens', {
      nullable: true,
      description: 'All that was written, reasoning included.',
    }),
    totalTokens: t.exposeInt('totalTokens', { nullable: true, description: 'Sent and written together.' }),
    cachedInputTokens: t.exposeInt('cachedInputTokens', {
      nullable: true,
      description: "Those of `promptTokens` that came from the provider's cache.",
    }),
    cacheWriteTokens: t.exposeInt('cacheWriteTokens', {
      nullable: true,
      description: "Those that were written to the provider's cache.",
    }),
    reasoningTokens: t.exposeInt('reasoningTokens', {
      nullable: true,
      description: 'Those of `completionTokens` that were reasoning.',
    }),
    contextTokens: t.exposeInt('contextTokens', {
      nullable: true,
      description: 'The size of the context after the last model call; no sum.',
    }),
  }),
});
