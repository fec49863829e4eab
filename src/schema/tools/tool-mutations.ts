import { MAX_SCHEMA_CHARACTERS } from '../../agent/check-arguments.ts';
import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { createTool } from '../../services/tools/create-tool.ts';
import { deleteTool } from '../../services/tools/delete-tool.ts';
import { DEFAULT_RETURN_LIMIT, MAX_RETURN_LIMIT, MAX_TOOL_DESCRIPTION, TOOL_NAME } from '../../services/tools/tool.ts';
import { updateTool } from '../../services/tools/update-tool.ts';
import { builder } from '../builder.ts';
import { print } from '../limits.ts';
import { deletedPayload } from '../payload.ts';
import { Tool } from './tool.ts';

const CreateToolPayload = toolPayload('CreateToolPayload', 'The tool was created.');
const UpdateToolPayload = toolPayload('UpdateToolPayload', 'The tool is as the input wants it.');

const DeleteToolPayload = deletedPayload('DeleteToolPayload', 'The tool is gone.');

builder.mutationField('createTool', (t) =>
  t.fieldWithInput({
    description:
      'Creates a tool of kind CLIENT that no agent has yet: `attachTool` gives it to them. InvalidInputError if there is a tool with its name.',
    type: CreateToolPayload,
    errors: { types: [InvalidInputError] },
    typeOptions: { description: 'What the tool is to be.' },
    input: {
      name: t.input.string({
        required: true,
        description: `${TOOL_NAME}. Unique among your tools, the built-in ones among them.`,
      }),
      description: t.input.string({
        required: true,
        description: `Tells the model what it does, and when to use it; at most ${print(MAX_TOOL_DESCRIPTION)} characters.`,
      }),
      parameters: t.input.field({
        type: 'JSON',
        required: true,
        description: `The JSON schema (2020-12) of the arguments: an object schema of at most ${print(MAX_SCHEMA_CHARACTERS)} characters, without references to other documents. \`format\` is not checked.`,
      }),
      returnLimit: t.input.int({
        description: `Longest result that the model sees, in Unicode code points: 1 to ${print(MAX_RETURN_LIMIT)}, and ${print(DEFAULT_RETURN_LIMIT)} if not given.`,
      }),
      requiresApproval: t.input.boolean({
        description: 'Calls wait for an approval. Default: false.',
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => ({
      tool: await createTool(deps, viewer, input),
    }),
  }),
);

builder.mutationField('updateTool', (t) =>
  t.fieldWithInput({
    description:
      'Changes what is given of a tool of kind CLIENT, for all agents that have it, in runs that start later. InvalidInputError for a built-in one.',
    type: UpdateToolPayload,
    errors: { types: [NotFoundError, InvalidInputError] },
    typeOptions: { description: 'A field left out stays; null is InvalidInputError.' },
    input: {
      id: t.input.id({ required: true, description: 'tool-…' }),
      description: t.input.string({ description: 'Tells the model what it does, and when to use it.' }),
      parameters: t.input.field({ type: 'JSON', description: 'Replaces the whole JSON schema of the arguments.' }),
      returnLimit: t.input.int({ description: `In Unicode code points: 1 to ${print(MAX_RETURN_LIMIT)}.` }),
      requiresApproval: t.input.boolean({
        description: 'Calls wait for an approval, unless `setToolApproval` says otherwise for the agent.',
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => ({
      tool: await updateTool(deps, viewer, input),
    }),
  }),
);

builder.mutationField('deleteTool', (t) =>
  t.fieldWithInput({
    description:
      'Deletes a tool of kind CLIENT and takes it from all its agents; its name is free again. A run that has started keeps it. InvalidInputError for a built-in one: detach it instead.',
    type: DeleteToolPayload,
    errors: { types: [NotFoundError, InvalidInputError] },
    typeOptions: { description: 'Which tool.' },
    input: { id: t.input.id({ required: true, description: 'tool-…' }) },
    resolve: async (_root, { input: { id } }, { deps, viewer }) => {
      await deleteTool(deps, viewer, id);
      return { deletedId: id };
    },
  }),
);

/** The row comes from the mutation itself: read again, it might have changed, or be gone. */
function toolPayload(name: string, description: string) {
  return builder.objectRef<{ tool: typeof Tool.$inferType }>(name).implement({
    description,
    fields: (t) => ({ tool: t.expose('tool', { type: Tool, description: 'As this mutation left it.' }) }),
  });
}
