import { MAX_SCHEMA_CHARACTERS } from '../../agent/check-arguments.ts';
import { asGiven } from '../../key-order.ts';
import { TOOL_NAME } from '../../services/tools/tool.ts';
import { builder } from '../builder.ts';
import { print } from '../limits.ts';
import { nodeQuery } from '../node-query.ts';

export const ToolKind = builder.enumType('ToolKind', {
  description: 'Who runs a tool. More values may come.',
  values: {
    BUILT_IN: { description: 'The server itself.' },
    CLIENT: { description: 'The client: a call waits until its result is handed in.' },
  } as const,
});

export const Tool = builder.prismaNode('Tool', {
  description: 'What the models of the agents that have it may call.',
  id: { field: 'id' },
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'What the model calls it by; unique among your tools. It never changes.',
    }),
    description: t.exposeString('description', { description: 'Tells the model what it does, and when to use it.' }),
    parameters: t.field({
      type: 'JSON',
      description: 'The JSON schema (2020-12) of the arguments. A call that does not fit it is not run.',
      resolve: (tool) => asGiven(tool, 'parameters'),
    }),
    kind: t.expose('kind', { type: ToolKind, description: 'Who runs it.' }),
    returnLimit: t.exposeInt('returnLimit', {
      description: 'Longest result that the model sees, in Unicode code points.',
    }),
    requiresApproval: t.exposeBoolean('requiresApproval', {
      description: 'Calls wait for an approval, unless `setToolApproval` says otherwise for the agent.',
    }),
    idempotent: t.exposeBoolean('idempotent', {
      description:
        'To run a call twice is the same as to run it once: it is run again when the server was lost meanwhile.',
    }),
    parallel: t.exposeBoolean('parallel', { description: 'Calls may run beside others of the same step.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

export const AttachedTool = builder.prismaObject('AgentTool', {
  name: 'AttachedTool',
  description: 'A tool, as one agent has it.',
  fields: (t) => ({
    tool: t.relation('tool', { description: 'The tool itself; other agents may have it too.' }),
    requiresApproval: t.boolean({
      description: "Whether this agent's calls of the tool wait for an approval.",
      select: { tool: true },
      resolve: ({ requiresApproval, tool }) => requiresApproval ?? tool.requiresApproval,
    }),
  }),
});

export const ClientToolInput = builder.inputType('ClientToolInput', {
  description: 'A tool that the client itself runs.',
  fields: (t) => ({
    name: t.string({ required: true, description: `${TOOL_NAME}.` }),
    description: t.string({ description: 'Tells the model what it does, and when to use it.' }),
    parameters: t.field({
      type: 'JSON',
      required: true,
      description: `The JSON schema (2020-12) of the arguments: an object schema of at most ${print(MAX_SCHEMA_CHARACTERS)} characters.`,
    }),
  }),
});

nodeQuery('Tool', Tool);
