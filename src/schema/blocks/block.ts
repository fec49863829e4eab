import type { InputFieldBuilder } from '@pothos/core';
import { asGiven } from '../../key-order.ts';
import { DEFAULT_BLOCK_LIMIT, MAX_BLOCK_LIMIT } from '../../services/blocks/block.ts';
import { builder } from '../builder.ts';
import { print } from '../limits.ts';
import { nodeQuery } from '../node-query.ts';

export const Block = builder.prismaNode('Block', {
  description: 'A piece of memory that is part of the system prompt of the agents that have it.',
  id: { field: 'id' },
  fields: (t) => ({
    label: t.exposeString('label', {
      description: 'Its name in the system prompt; unique among the blocks of an agent. It never changes.',
    }),
    value: t.exposeString('value', { description: 'The text itself.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'Tells the model what the block is for; null when nothing was given.',
    }),
    limit: t.exposeInt('limit', { description: 'The longest value, in Unicode code points. Enforced.' }),
    readOnly: t.exposeBoolean('readOnly', {
      description: "The agent's own tools may not change it. `updateBlock` may.",
    }),
    metadata: t.field({
      type: 'JSON',
      description: 'A JSON object for your own use. The model does not see it.',
      resolve: (row) => asGiven(row, 'metadata'),
    }),
    version: t.exposeInt('version', {
      description: 'Begins with 1, and is one more with every change. For `expectedVersion`.',
    }),
    isIsolated: t.exposeBoolean('isIsolated', {
      description:
        'It is a copy that one conversation has for itself. It is not in `blocks`, and goes with the conversation.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

export const BlockInput = builder.inputType('BlockInput', {
  description: 'A block to create an agent with.',
  fields: (t) => newBlockFields(t),
});

/** What a new block is described by, with an agent or alone. */
export function newBlockFields(t: InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>) {
  return {
    label: t.string({
      required: true,
      description: 'Begins with a letter; letters, digits and _ . / - only. Unique among the blocks of an agent.',
    }),
    value: t.string({ required: true, description: 'The text; not longer than the limit.' }),
    description: t.string({ description: 'Tells the model what the block is for.' }),
    limit: t.int({
      description: `The longest value, in Unicode code points: at most ${print(MAX_BLOCK_LIMIT)}, and ${print(DEFAULT_BLOCK_LIMIT)} if not given.`,
    }),
    readOnly: t.boolean({ description: "The agent's own tools may not change it. false if not given." }),
    metadata: t.field({ type: 'JSON', description: 'A JSON object for your own use.' }),
  };
}

nodeQuery('Block', Block, 'Null when there is none with this id. It finds isolated blocks too.');
