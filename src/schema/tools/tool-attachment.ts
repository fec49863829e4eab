import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { attachTool } from '../../services/tools/attach-tool.ts';
import { detachTool } from '../../services/tools/detach-tool.ts';
import { setToolApproval } from '../../services/tools/set-tool-approval.ts';
import { Agent } from '../agents/agent.ts';
import { builder } from '../builder.ts';
import { Tool } from './tool.ts';

const AttachToolPayload = attachmentPayload('AttachToolPayload', 'The agent has the tool.');
const DetachToolPayload = attachmentPayload('DetachToolPayload', 'The agent no longer has the tool.');
const SetToolApprovalPayload = attachmentPayload(
  'SetToolApprovalPayload',
  "It holds for the agent's calls from now on; those that wait already go on waiting.",
);

builder.mutationField('attachTool', (t) =>
  t.fieldWithInput({
    description:
      'Gives the agent the tool too, from its next run on at the latest. Nothing changes if the agent has it. InvalidInputError if the agent has 128 tools.',
    type: AttachToolPayload,
    errors: { types: [NotFoundError, InvalidInputError] },
    typeOptions: { description: 'Which tool to which agent.' },
    input: {
      agentId: t.input.id({ required: true, description: 'agent-…' }),
      toolId: t.input.id({ required: true, description: 'tool-…' }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => {
      await attachTool(deps, viewer, input);
      return input;
    },
  }),
);

builder.mutationField('detachTool', (t) =>
  t.fieldWithInput({
    description:
      'Takes the tool from the agent, from its next run on at the latest; the tool itself stays. What `setToolApproval` said of it is forgotten. NotFoundError if the agent does not have it.',
    type: DetachToolPayload,
    errors: { types: [NotFoundError] },
    typeOptions: { description: 'Which tool from which agent.' },
    input: {
      agentId: t.input.id({ required: true, description: 'agent-…' }),
      toolId: t.input.id({ required: true, description: 'tool-…' }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => {
      await detachTool(deps, viewer, input);
      return input;
    },
  }),
);

builder.mutationField('setToolApproval', (t) =>
  t.fieldWithInput({
    description:
      'Decides for one agent whether calls of a tool, also of a built-in one, wait until somebody approves them. Approval that is asked for while a run works holds for every call that the server has not begun; anything else from its next run on at the latest. NotFoundError if the agent does not have it.',
    type: SetToolApprovalPayload,
    errors: { types: [NotFoundError] },
    typeOptions: { description: 'Which tool of which agent, and what holds.' },
    input: {
      agentId: t.input.id({ required: true, description: 'agent-…' }),
      toolId: t.input.id({ required: true, description: 'tool-…' }),
      requiresApproval: t.input.boolean({
        description: 'Above what the tool says. Null, or left out: as the tool says.',
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => {
      await setToolApproval(deps, viewer, input);
      return input;
    },
  }),
);

function attachmentPayload(name: string, description: string) {
  return builder.objectRef<{ agentId: string; toolId: string }>(name).implement({
    description,
    fields: (t) => ({
      agent: t.prismaField({
        type: Agent,
        description: 'As it is now.',
        resolve: (query, { agentId: id }, _args, { deps, viewer: { organizationId } }) =>
          deps.db.agent.findUniqueOrThrow({ ...query, where: { id, organizationId } }),
      }),
      tool: t.prismaField({
        type: Tool,
        description: 'As it is now.',
        resolve: (query, { toolId: id }, _args, { deps, viewer: { organizationId } }) =>
          deps.db.tool.findUniqueOrThrow({ ...query, where: { id, organizationId } }),
      }),
    }),
  });
}
