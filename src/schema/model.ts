import type { Model as ModelPort } from '../agent/model.ts';
import { builder } from './builder.ts';

const Model = builder.objectRef<ModelPort>('Model').implement({
  description: 'A language model that this server is configured to call.',
  fields: (t) => ({
    handle: t.exposeString('handle', { description: 'What to give as `model`: `<provider>/<name>`.' }),
    provider: t.exposeString('provider', {
      description: 'The name under which the provider is configured, such as openai.',
    }),
    name: t.exposeString('name', { description: "The provider's own name for the model. It may hold slashes." }),
    contextWindow: t.exposeInt('contextWindow', {
      description: 'How many tokens of prompt and answer it takes together.',
    }),
  }),
});

builder.queryField('models', (t) =>
  t.field({
    description: 'The models that are listed. A provider that takes any name may know more: their handles work too.',
    type: [Model],
    resolve: (_root, _args, { deps }) => deps.models.list(),
  }),
);
