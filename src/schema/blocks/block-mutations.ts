import { InvalidInputError, NotFoundError, VersionConflictError } from '../../errors.ts';
import { MAX_BLOCK_LIMIT } from '../../services/blocks/block.ts';
import { createBlock } from '../../services/blocks/create-block.ts';
import { deleteBlock } from '../../services/blocks/delete-block.ts';
import { updateBlock } from '../../services/blocks/update-block.ts';
import { Block, newBlockFields } from './block.ts';
import { builder } from '../builder.ts';
import { print } from '../limits.ts';
import { deletedPayload } from '../payload.ts';

const CreateBlockPayload = blockPayload('CreateBlockPayload', 'The block was created.');
const UpdateBlockPayload = blockPayload('UpdateBlockPayload', 'The block is as the input wants it.');

const DeleteBlockPayload = deletedPayload('DeleteBlockPayload', 'The block is gone.');

builder.mutationField('createBlock', (t) =>
  t.fieldWithInput({
    description: 'Creates a block that no agent has yet: `attachBlock` gives it to them.',
    type: CreateBlockPayload,
    errors: { types: [InvalidInputError] },
    typeOptions: { description: 'What the block is to be.' },
    input: newBlockFields(t.input),
    resolve: async (_root, { input }, { deps, viewer }) => ({
      block: await createBlock(deps, viewer, input),
    }),
  }),
);

builder.mutationField('updateBlock', (t) =>
  t.fieldWithInput({
    description:
      'Changes what is given, for all agents that have the block; each sees it with its next run. What is given and the same as before is no change; without any change there is no new version.',
    type: UpdateBlockPayload,
    errors: { types: [NotFoundError, InvalidInputError, VersionConflictError] },
    typeOptions: {
      description: 'A field left out stays; null clears the description, and is InvalidInputError for the rest.',
    },
    input: {
      id: t.input.id({ required: true, description: 'block-…' }),
      value: t.input.string({ description: 'Replaces the text; not longer than the limit.' }),
      description: t.input.string({ description: 'Tells the model what the block is for; null clears it.' }),
      limit: t.input.int({
        description: `The longest value, in Unicode code points: not less than the value has, and at most ${print(MAX_BLOCK_LIMIT)}.`,
      }),
      readOnly: t.input.boolean({
        description: "Whether the agent's own tools may not change the block. You may: this mutation does not heed it.",
      }),
      metadata: t.input.field({ type: 'JSON', description: 'Replaces the whole object.' }),
      expectedVersion: t.input.int({
        description: 'Change it only if it still has this version; else VersionConflictError. Null counts as left out.',
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => ({
      block: await updateBlock(deps, viewer, input),
    }),
  }),
);

builder.mutationField('deleteBlock', (t) =>
  t.fieldWithInput({
    description:
      "Deletes the block and takes it from all its agents. Of an isolated one, the conversation then sees the agent's block again.",
    type: DeleteBlockPayload,
    errors: { types: [NotFoundError, VersionConflictError] },
    typeOptions: { description: 'Which block.' },
    input: {
      id: t.input.id({ required: true, description: 'block-…' }),
      expectedVersion: t.input.int({
        description: 'Delete it only if it still has this version; else VersionConflictError. Null counts as left out.',
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => {
      await deleteBlock(deps, viewer, input);
      return { deletedId: input.id };
    },
  }),
);

/** The row comes from the mutation itself: read again, it might be another version, or gone. */
function blockPayload(name: string, description: string) {
  return builder.objectRef<{ block: typeof Block.$inferType }>(name).implement({
    description,
    fields: (t) => ({ block: t.expose('block', { type: Block, description: 'As this mutation left it.' }) }),
  });
}
