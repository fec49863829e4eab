import { builder } from './builder.ts';

export const Block = builder.prismaNode('Block', {
  description: 'A piece of memory that is part of the system prompt.',
  id: { field: 'id' },
  fields: (t) => ({
    label: t.exposeString('label', {
      description: 'Its name in the system prompt; unique among the blocks of an agent.',
    }),
    value: t.exposeString('value', { description: 'The text itself.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'Tells the model what the block is for; null when nothing was given.',
    }),
    limit: t.exposeInt('limit', { description: 'The longest value, in Unicode code points. Enforced.' }),
    readOnly: t.exposeBoolean('readOnly', { description: 'The agent itself may not change the value.' }),
    metadata: t.expose('metadata', {
      type: 'JSON',
      description: 'A JSON object for your own use. The model does not see it.',
    }),
    version: t.exposeInt('version', { description: 'Rises with every change.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

export const BlockInput = builder.inputType('BlockInput', {
  description: 'A block to create an agent with.',
  fields: (t) => ({
    label: t.string({
      required: true,
      description: 'Begins with a letter; letters, digits and _ . / - only. Unique among the blocks of the agent.',
    }),
    value: t.string({ required: true, description: 'The text; not longer than the limit.' }),
    description: t.string({ description: 'Tells the model what the block is for.' }),
    limit: t.int({ description: 'The longest value, in Unicode code points. 100,000 if not given.' }),
    readOnly: t.boolean({ description: 'The agent itself may not change the value. false if not given.' }),
    metadata: t.field({ type: 'JSON', description: 'A JSON object for your own use.' }),
  }),
});
